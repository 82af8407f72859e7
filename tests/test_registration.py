import operator
import random
from ast import literal_eval
from io import BytesIO

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from snippets.anatomy import Network, Parts, parameter_count
from snippets.exercises import registration as exercises
from snippets.figures.registration import figure_registers
from snippets.registration import SmallModule, Watched, show_output
from tests.inputs import examples
from tests.printed import numbers


def names(module):
    return [name for name, _ in module.named_parameters()]


def test_what_is_set_is_told_and_set(capsys):
    watched = Watched()
    watched.width = 4
    assert watched.width == 4
    assert capsys.readouterr().out == "width: int\n"


def test_a_buffer_that_is_not_persistent_is_moved_and_not_saved():
    module = nn.Module()
    module.kept_out = nn.Buffer(torch.zeros(2), persistent=False)
    module.register_buffer("kept_out_too", torch.zeros(2), persistent=False)
    assert not module.state_dict()
    module.double()
    assert {buffer.dtype for buffer in module.buffers()} == {torch.float64}
    assert len(list(module.buffers())) == 2


def test_the_real_module_keeps_what_is_registered_in_the_register_only():
    parts = Parts()
    assert {"tensor", "layers"} <= vars(parts).keys()
    assert not {"parameter", "buffer", "layer"} & vars(parts).keys()


def grow(kind, generator, depth=0):
    """A random tree of modules of one kind, with plain attributes strewn in."""
    module = kind()
    for name in generator.sample("abcdef", 4):
        grown = generator.choice(("parameter", "module", "tensor", "list"))
        if grown == "parameter":
            setattr(module, name, nn.Parameter(torch.zeros(generator.randint(1, 3))))
        elif grown == "module" and depth < 4:
            setattr(module, name, grow(kind, generator, depth + 1))
        elif grown == "list":
            setattr(module, name, [kind(), nn.Parameter(torch.zeros(1))])
        else:
            setattr(module, name, torch.zeros(2))
    return module


def names_by_equation(module):
    own = {name for name, _ in module.named_parameters(recurse=False)}
    children = dict(module.named_children())
    return own.union(
        *({f"{c}.{s}" for s in names_by_equation(m_c)} for c, m_c in children.items())
    )


@pytest.mark.equation(
    "parameter-names",
    r"N(m) = P(m) \cup \bigcup_{c \in C(m)} \{\, c\text{.}s : s \in N(m_c) \,\}",
)
@pytest.mark.parametrize("offset", range(20))
def test_names_of_a_random_tree(offset, seed, equation):
    small, real = (
        grow(kind, random.Random(seed + offset)) for kind in (SmallModule, nn.Module)
    )
    assert names(small) == names(real)
    assert set(names(real)) == names_by_equation(real)
    for module in (real, Network()):
        equation(
            m={"": module} | {c: {"": m_c} for c, m_c in module.named_children()},
            N=lambda m: set(names(m[""])),
            P=lambda m: {name for name, _ in m[""].named_parameters(recurse=False)},
            C=lambda m: [c for c in m if c],
        )
    for tree in (small, real):
        for name, parameter in tree.named_parameters():
            assert operator.attrgetter(name)(tree) is parameter


@examples
@given(st.integers(0), st.lists(st.integers(0), max_size=3))
def test_a_tree_whose_modules_share_children_gives_all_names(start, shared):
    """`SmallModule` hands out a parameter of two names twice."""
    trees = [grow(kind, random.Random(start)) for kind in (SmallModule, nn.Module)]
    for tree in trees:
        modules = [tree]
        for module in modules:
            modules += module._modules.values()
        for number, place in enumerate(shared):  # below no module of its own tree
            setattr(tree, f"shared_{number}", modules[place % len(modules)])
        if any(module is tree for module in tree._modules.values()):
            return  # a circle, which has no end
    small, real = trees
    every = [name for name, _ in real.named_parameters(remove_duplicate=False)]
    assert names(small) == every


def test_a_name_of_a_small_module_stays_registered():
    """Its docstring says so. The real one takes out a module that is replaced."""
    small, real = SmallModule(), nn.Module()
    for module in (small, real):
        module.part = type(module)()
        module.part.weight = nn.Parameter(torch.zeros(1))
        module.part = nn.Parameter(torch.zeros(1))
    assert names(small) == ["part", "part.weight"]
    assert names(real) == ["part"]


def test_a_circle_of_small_modules_is_an_error():
    small = SmallModule()
    small.again = small
    with pytest.raises(RecursionError):
        names(small)


def test_random_trees_are_deep_enough_to_say_something():
    found = [
        name for s in range(20) for name in names(grow(nn.Module, random.Random(s)))
    ]
    assert max(name.count(".") for name in found) >= 3
    assert min(name.count(".") for name in found) == 0


def test_without_super_init_a_small_module_has_no_register():
    class NoSuper(SmallModule):
        def __init__(self):
            self.weight = nn.Parameter(torch.zeros(1))

    with pytest.raises(AttributeError, match="_parameters"):
        NoSuper()


@pytest.mark.parametrize("kind", [SmallModule, nn.Module])
def test_calling_runs_hooks_and_forward_does_not(kind):
    class Double(kind):
        def forward(self, x):
            return 2 * x

    seen, double, x = [], Double(), torch.ones(2)

    def hook(*given):
        seen.append(given)

    if kind is SmallModule:
        double._forward_hooks.append(hook)
    else:
        double.register_forward_hook(hook)
    forwarded = double.forward(x)
    assert seen == []
    called = double(x)
    assert torch.equal(called, forwarded)
    ((module, inputs, output),) = seen
    assert module is double
    assert inputs[0] is x
    assert len(inputs) == 1
    assert output is called


def test_calling_forward_skips_one_module_s_hooks_and_not_its_children_s(capsys):
    network, x = Network(), torch.zeros(3, 1)
    for module in (network, network.body, network.head):
        module.register_forward_hook(show_output)
    values, printed = [], []
    for way in (network, network.forward):
        values.append(way(x))
        printed.append(
            [line.split()[0] for line in capsys.readouterr().out.splitlines()]
        )
    assert torch.equal(*values)
    assert printed == [["Stack", "Linear", "Network"], ["Stack", "Linear"]]


def test_a_registered_name_takes_no_tensor_but_new_values():
    layer = nn.Linear(1, 1)
    (weight, _), given = layer.parameters(), torch.optim.SGD(layer.parameters())
    with pytest.raises(TypeError, match="cannot assign"):
        layer.weight = torch.zeros(1, 1)
    nn.init.zeros_(layer.weight)
    assert layer.weight is weight is given.param_groups[0]["params"][0]
    assert layer.weight.item() == 0


def test_a_shared_layer_is_trained_once_and_saved_twice():
    """Proves the solution of registration#exercise-shared."""
    layer = nn.Linear(4, 4)
    shared = nn.Sequential(layer, nn.ReLU(), layer)
    assert parameter_count(shared) == (4 + 1) * 4
    assert sum(tensor.numel() for tensor in shared.state_dict().values()) == 40
    small = SmallModule()
    small.first = small.last = SmallModule()
    small.first.weight = nn.Parameter(torch.zeros(4, 4))
    assert names(small) == ["first.weight", "last.weight"]


def test_a_shared_layer_is_written_once_and_read_under_both_names():
    layer = nn.Linear(300, 300)
    shared = nn.Sequential(layer, nn.ReLU(), layer)
    files = []
    for state in (layer.state_dict(), shared.state_dict()):
        files.append(BytesIO())
        torch.save(state, files[-1])
    alone, twice = (file.tell() for file in files)
    numbers = parameter_count(layer) * layer.weight.itemsize
    assert numbers < alone <= twice < numbers + 8192  # the rest is names
    files[1].seek(0)
    loaded = torch.load(files[1])
    assert list(loaded) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    for name, tensor in layer.state_dict().items():
        assert torch.equal(loaded[f"0.{name}"], tensor)
        assert loaded[f"0.{name}"].data_ptr() == loaded[f"2.{name}"].data_ptr()


def test_a_tied_parameter_is_listed_once_saved_twice_and_sums_gradients():
    tied = nn.Module()
    tied.first = tied.second = nn.Parameter(torch.tensor(3.0))
    assert names(tied) == ["first"]
    assert list(tied.state_dict()) == ["first", "second"]
    optimizer = torch.optim.SGD(tied.parameters(), lr=0.1)
    assert len(optimizer.param_groups[0]["params"]) == 1
    (2 * tied.first + 5 * tied.second).backward()
    assert tied.first.grad == 2 + 5
    optimizer.step()
    assert tied.second.item() == pytest.approx(3 - 0.1 * 7)
    old = tied.first
    tied.second = nn.Parameter(old.detach().clone())
    assert names(tied) == ["first", "second"]
    assert tied.first is old
    assert tied.first == tied.second


def test_a_hook_that_is_removed_runs_no_more():
    layer, seen = nn.Linear(1, 1), []
    handle = layer.register_forward_hook(lambda *given: seen.append(given))
    layer(torch.zeros(1, 1))
    handle.remove()
    layer(torch.zeros(1, 1))
    assert len(seen) == 1


def test_what_a_hook_returns_replaces_the_output():
    layer = nn.Linear(1, 1)
    layer.register_forward_hook(lambda module, inputs, output: output * 0 + 7)
    assert layer(torch.zeros(2, 1)).tolist() == [[7.0], [7.0]]


def test_a_pre_hook_runs_before_forward_and_a_backward_hook_sees_gradients():
    order, seen = [], []

    class Says(nn.Module):
        def forward(self, x):
            order.append("forward")
            return 3 * x

    module, x = Says(), torch.ones(1, requires_grad=True)
    module.register_forward_pre_hook(lambda *_: order.append("pre"))
    module.register_full_backward_hook(lambda _, to_x, from_y: seen.append(to_x))
    module(x).backward()
    assert order == ["pre", "forward"]
    assert seen[0][0].item() == x.grad.item() == 3


def test_the_figure_has_each_attribute_in_its_register():
    (axes,) = figure_registers().axes
    told = [each.get_text() for each in axes.texts]
    parts = Parts()
    for register, shown in zip(told[::2], told[1::2], strict=True):
        kept = getattr(parts, register.partition(".")[2]) if "." in register else None
        expected = list(kept) if kept is not None else ["tensor", "layers"]
        assert shown.split() == expected


# for each exercise the right answer, one for each hint, and one that is like none
ANSWERS = {
    "names": [
        (7, "scale", "head.bias"),
        (6, "scale", "head.bias"),
        (2, "scale", "head.bias"),
        (7, "body.layers.0.weight", "scale"),
        (7, "body", "head"),
    ],
    "calls": [(5, 4), (3, 2), (4, 3), (5, 5), (2, 1)],
    "shared": [(20, 40, 4), (40, 40, 4), (20, 20, 4), (20, 40, 2), (16, 32, 4)],
}


def number_first_and_last(printed, run):
    number, first, last = printed.split()
    return [(int(number), first, last)]


def numbers_and_names(printed, run):
    trained, saved, handed_out, *_ = printed.splitlines()
    counts = (int(line.split()[0]) for line in (trained, saved))
    return [(*counts, len(literal_eval(handed_out)))]


# What each solution answers, taken out of what it prints.
SOLUTIONS = {
    "names": number_first_and_last,
    "calls": lambda printed, run: [tuple(map(int, numbers(printed)))],
    "shared": numbers_and_names,
}


def test_the_checks_know_further_answers():
    assert exercises.shared(40, 20, 2) == 1
    assert exercises.shared(20, 20, 2) == 2
    assert exercises.names(7, "scale", "scale") == 3
