"""What Firefox does by engines of its own: mathematics, figures that move, search."""

import warnings

import pytest

from tests.browser import FIREFOX, executable, its_own
from tests.reading.test_explorables import EXPLORABLES

pytestmark = [
    pytest.mark.browser,
    # the driver leaves sockets open
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    with warnings.catch_warnings():  # of its own use of what is deprecated
        warnings.simplefilter("ignore")
        from marionette_driver.marionette import Marionette  # by `make browsers`
    log = tmp_path_factory.mktemp("firefox") / "log"
    program = executable(FIREFOX) or str(its_own("firefox"))
    firefox = Marionette(bin=program, headless=True, gecko_log=str(log))
    firefox.start_session()
    yield firefox
    firefox.quit()
    firefox.cleanup()


def test_firefox_sets_formulas_in_the_book_s_font(firefox, base_url):
    firefox.navigate(f"{base_url}estimates.html")
    loaded = firefox.execute_script(
        "return [...document.fonts]"
        ".filter(f => f.status == 'loaded').map(f => f.family)"
    )
    assert loaded == ['"Book Math"']


def test_firefox_draws_fractions_and_roots(firefox, base_url):
    firefox.navigate(f"{base_url}estimates.html")
    drawn = firefox.execute_script("""
        const box = e => e.getBoundingClientRect()
        const stacked = [...document.querySelectorAll("mfrac")].map(fraction => {
            const [above, below] = [...fraction.children].map(box)
            return above.bottom <= below.top + 1
        })
        const wider = [...document.querySelectorAll("msqrt")].map(
            root => box(root).width > box(root.firstElementChild).width
        )
        const empty = [...document.querySelectorAll("math")].filter(m => !box(m).width)
        return {stacked, wider, empty: empty.length}
    """)
    assert drawn["stacked"]
    assert all(drawn["stacked"])
    assert drawn["wider"]
    assert all(drawn["wider"])
    assert drawn["empty"] == 0


@pytest.mark.parametrize(
    ("name", "figure"), [each[:2] for each in EXPLORABLES], ids=lambda each: each
)
def test_firefox_moves_each_figure_that_can_be_moved(firefox, base_url, name, figure):
    """Whatever control comes first is changed, and the figure's address follows."""
    firefox.timeout.script = 30  # seconds
    firefox.navigate(f"{base_url}en/{name}.html#figure-{figure}")
    before, after, said = firefox.execute_async_script(
        """
        const [selector, done] = arguments
        const stage = document.querySelector(selector)
        const wait = milliseconds => new Promise(each => setTimeout(each, milliseconds))
        ;(async () => {
            while (!stage.querySelector("output")?.textContent) await wait(50)
            const link = stage.querySelector(".situation")
            const before = link.href
            const field = stage.querySelector("input")
            if (field?.type === "range") field.stepUp(3)
            else if (field) field.value = "(2, 1)"
            field?.dispatchEvent(new Event("input", {bubbles: true}))
            if (!field) stage.querySelector("button").click()
            await wait(500)
            done([before, link.href, stage.querySelector("output").textContent])
        })()
    """,
        (f"#figure-{figure} .explorable",),
    )
    assert after != before
    assert said


def test_firefox_finds_nothing_to_complain_of(firefox, base_url):
    """The policy lets Firefox, too, run the book's scripts: its search answers."""
    firefox.navigate(f"{base_url}en/index.html")
    firefox.timeout.script = 30  # seconds
    found = firefox.execute_async_script("""
        const [done] = arguments
        const field = document.querySelector("input.md-search__input")
        const list = document.querySelector(".md-search-result__list")
        new MutationObserver(() => list.children.length && done(list.children.length))
            .observe(list, {childList: true})
        field.focus()
        field.value = "variance"
        field.dispatchEvent(new KeyboardEvent("keyup"))
    """)
    assert found > 0
