import copy
import difflib
import inspect
import math
import operator
import random
from ast import literal_eval
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from torch import nn

from snippets import model as page_model
from snippets.anatomy import (
    Attempt,
    Model,
    Network,
    Parts,
    Residual,
    Stack,
    parameter_count,
    train,
)
from snippets.exercises import anatomy as exercises
from snippets.figures.anatomy import figure_network, figure_tree
from tests.inputs import FLOATS, SIZES, drawn, examples, fractions, gamma
from tests.printed import numbers

ROOT = Path(__file__).parents[1]
PROTOTYPE = (ROOT / "snippets/prototype.txt").read_text("utf-8")


def names(module):
    return [name for name, _ in module.named_parameters()]


def random_widths(generator):
    return [generator.randint(1, 6) for _ in range(generator.randint(2, 5))]


def test_the_prototype_is_the_post_s_to_the_character():
    assert PROTOTYPE.split("\n") == [
        "import torch",
        "import torch.nn as nn",
        "",
        "class Model(nn.Module): "
        "# Pytorch 모듈 중 nn 상속받기(nn에 있는 기능 사용 가능)",
        "    def __init__(self, input_size, output_size): # 초기화 함수",
        "    ",
        "    def forward(self, x):",
        "        ",
        "        return out",
        "",
    ]
    for language in ("ko", "en"):
        page = (ROOT / f"docs/{language}/anatomy.md").read_text("utf-8")
        assert '```py\n--8<-- "snippets/prototype.txt"\n```' in page


def test_the_prototype_s_lines_are_those_that_the_page_names():
    with pytest.raises(IndentationError) as found:
        compile(PROTOTYPE, "post", "exec")
    assert found.value.lineno == 7
    assert "line 5" in found.value.msg
    lines = PROTOTYPE.splitlines()
    assert "def __init__" in lines[4]
    assert "def forward" in lines[6]


def test_the_filled_in_prototype_is_the_first_attempt():
    """But for comments and spaces."""
    lines = [line.split("#")[0].strip() for line in PROTOTYPE.splitlines()[3:]]
    lines[2] = "self.linear = nn.Linear(input_size, output_size)"
    lines[4] = "out = self.linear(x)"
    attempt = inspect.getsource(Attempt).replace("Attempt", "Model").splitlines()
    assert [line.strip() for line in attempt if line] == lines


def test_with_a_body_for_init_the_prototype_runs_until_forward_misses_out():
    lines = PROTOTYPE.splitlines()
    lines[5] = "        super().__init__()"
    namespace = {"__name__": "post"}
    exec("\n".join(lines), namespace)
    with pytest.raises(NameError, match="'out'"):
        namespace["Model"](1, 1)(torch.zeros(3, 1))


def test_a_layer_adds_a_bias_unless_it_is_told_not_to():
    x = torch.zeros(3, 2)
    layer, without = nn.Linear(2, 4), nn.Linear(2, 4, bias=False)
    assert (layer.in_features, layer.out_features) == (2, 4)
    assert torch.equal(layer(x), layer.bias.expand(3, 4))
    assert without.bias is None
    assert torch.equal(without(x), torch.zeros(3, 4))


def test_one_line_repairs_the_first_attempt():
    broken, repaired = (
        inspect.getsource(kind).splitlines()[1:] for kind in (Attempt, Model)
    )
    changes = [line for line in difflib.ndiff(broken, repaired) if line[0] in "+-"]
    assert changes == ["+         super().__init__()"]
    with pytest.raises(AttributeError, match="cannot assign module before Module"):
        Attempt(1, 1)


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (3, 2)])
def test_the_fixed_prototype_is_the_model_of_the_page_model(inputs, outputs, seed):
    torch.manual_seed(seed)
    ours, theirs = Model(inputs, outputs), page_model.Model(inputs, outputs)
    x = torch.randn(7, inputs)
    assert not torch.equal(ours(x), theirs(x))
    theirs.load_state_dict(ours.state_dict())
    assert torch.equal(ours(x), theirs(x))
    assert ours(x).shape == (7, outputs)


def test_parameters_buffers_and_modules_are_registered_and_nothing_else():
    parts = Parts()
    trained = ["parameter", "layer.weight", "layer.bias"]
    assert names(parts) == trained
    assert [name for name, _ in parts.named_buffers()] == ["buffer"]
    assert [name for name, _ in parts.named_children()] == ["layer"]
    assert set(parts.state_dict()) == {*trained, "buffer"}
    assert parts.tensor.shape == (2,)
    assert len(parts.layers) == 1


def test_an_nn_buffer_is_registered_by_assignment():
    module = nn.Module()
    module.mean = nn.Buffer(torch.zeros(2))
    assert list(module.state_dict()) == ["mean"]
    assert names(module) == []


def test_a_buffer_that_is_not_persistent_moves_and_is_not_saved():
    module = nn.Module()
    module.register_buffer("mean", torch.zeros(2), persistent=False)
    assert list(module.state_dict()) == []
    assert module.to("meta").mean.device.type == "meta"


def test_a_step_of_the_optimizer_moves_what_is_registered_and_nothing_else():
    parts = Parts()
    parts.tensor.requires_grad_()  # the mark alone does not help
    held = {
        "parameter": parts.parameter,
        "layer.weight": parts.layer.weight,
        "buffer": parts.buffer,
        "tensor": parts.tensor,
        "layers": parts.layers[0].weight,
    }
    before = {name: tensor.detach().clone() for name, tensor in held.items()}
    sum(tensor.sum() for tensor in held.values()).backward()
    torch.optim.SGD(parts.parameters(), lr=0.1).step()
    moved = {name for name in held if not torch.equal(held[name], before[name])}
    assert moved == {"parameter", "layer.weight"}
    assert parts.tensor.grad is not None


@pytest.mark.parametrize(
    ("convert", "attribute"),
    [(lambda m: m.to(torch.float64), "dtype"), (lambda m: m.to("meta"), "device")],
)
def test_what_is_not_registered_is_neither_converted_nor_moved(convert, attribute):
    parts, get = Parts(), operator.attrgetter(attribute)
    before = get(parts.tensor)
    convert(parts)
    for tensor in (*parts.parameters(), *parts.buffers()):
        assert get(tensor) != before
    for tensor in (parts.tensor, *parts.layers[0].parameters()):
        assert get(tensor) == before


@pytest.mark.equation(
    "stack",
    r"h_0 = x, \qquad h_l = \max(0,\, h_{l-1} W_l^\top + b_l) \quad (1 \le l < L), "
    r"\qquad \hat y = h_{L-1} W_L^\top + b_L",
)
@pytest.mark.parametrize("offset", range(10))
def test_a_stack_computes_its_equation(offset, seed, equation):
    torch.manual_seed(seed + offset)
    widths = random_widths(random.Random(seed + offset))
    stack = Stack(*widths).double()
    x = torch.randn(6, widths[0], dtype=torch.float64)
    state = {name: tensor.tolist() for name, tensor in stack.state_dict().items()}
    last = len(widths) - 2
    for row, result in zip(x.tolist(), stack(x).tolist(), strict=True):
        h = row
        for layer in range(last + 1):
            weight, bias = (state[f"layers.{layer}.{p}"] for p in ("weight", "bias"))
            h = [
                sum(a * w for a, w in zip(h, weights, strict=True)) + b
                for weights, b in zip(weight, bias, strict=True)
            ]
            if layer < last:
                h = [max(0.0, value) for value in h]
        assert result == pytest.approx(h)
    stack, h = Stack(3, 4, 5, 2).double(), {}
    for number, layer in enumerate(stack.layers):
        layer.register_forward_pre_hook(
            lambda _, inputs, number=number: h.update({number: inputs[0]})
        )
    x = torch.randn(6, 3, dtype=torch.float64)
    y_hat = stack(x)
    W, b = (
        dict(enumerate((getattr(layer, name) for layer in stack.layers), 1))
        for name in ("weight", "bias")
    )
    for layer in (1, 2):
        values = {"x": x, "y_hat": y_hat, "h": h, "W": W, "b": b, "L": 3, "l": layer}
        equation(**values, attained=layer == 1)


def stacked(layers, rows):
    """What a stack computes in fractions, and how far each result may be off."""
    for number, layer in enumerate(layers, 1):
        dtype = layer.weight.dtype
        relative = Fraction(gamma(layer.in_features + 1, dtype))
        tiny = (layer.in_features + 1) * Fraction(torch.finfo(dtype).tiny)
        weight, bias = fractions(layer.weight), fractions(layer.bias)
        computed = []
        for row in rows:
            cells = []
            for ws, b in zip(weight, bias, strict=True):
                value = b + sum(w * h for w, (h, _) in zip(ws, row, strict=True))
                off = sum(abs(w) * e for w, (_, e) in zip(ws, row, strict=True))
                sizes = sum(
                    abs(w) * (abs(h) + e) for w, (h, e) in zip(ws, row, strict=True)
                )
                off += relative * (sizes + abs(b)) + tiny
                cells.append((value if number == len(layers) else max(0, value), off))
            computed.append(cells)
        rows = computed
    return rows


@examples
@given(st.data())
def test_a_stack_of_what_readers_bring_is_right_to_rounding(data):
    dtype = data.draw(FLOATS)
    widths = data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    stack = Stack(*widths).to(dtype)
    largest = 10 if dtype == torch.float16 else 1e8  # no overflow
    for parameter in stack.parameters():
        parameter.data = drawn(data.draw, parameter.shape, dtype, largest)
    x = drawn(data.draw, (data.draw(SIZES), widths[0]), dtype, largest)
    got = stack(x)
    assert got.shape == (len(x), widths[-1])
    rows = stacked(stack.layers, [[(h, 0) for h in row] for row in fractions(x)])
    for row, computed in zip(fractions(got), rows, strict=True):
        for value, (exact, off) in zip(row, computed, strict=True):
            assert abs(value - exact) <= off


@pytest.mark.parametrize("model", [Model(2, 1), Stack(2, 3, 1)], ids=["Model", "Stack"])
def test_a_model_takes_no_rows_one_row_and_no_other_dtype(model):
    assert model(torch.zeros(0, 2)).shape == (0, 1)
    assert model(torch.zeros(2)).shape == (1,)
    assert model(torch.full((1, 2), math.nan)).isnan().all()
    for dtype in (torch.float16, torch.float64, torch.int64):
        with pytest.raises(RuntimeError, match="must have the same dtype"):
            model(torch.zeros(3, 2, dtype=dtype))
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        model(torch.zeros(3, 1))


def test_a_stack_of_no_layer_is_an_error():
    for widths in ((), (3,)):
        with pytest.raises(ValueError, match="a layer joins two widths, got"):
            Stack(*widths)


def test_the_last_layer_may_answer_below_zero_and_widths_are_checked():
    torch.manual_seed(0)
    outputs = Stack(2, 8, 50)(torch.randn(20, 2))
    assert outputs.min() < 0 < outputs.max()
    for module in (Stack(2, 8, 1), Network()):
        with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
            module(torch.zeros(5, 3))


def test_a_frozen_body_stays_as_it_is_and_gets_no_derivative():
    torch.manual_seed(0)
    network, x = Network(), torch.randn(20, 1)
    network.body.requires_grad_(False)
    trained = [p for p in network.parameters() if p.requires_grad]
    assert trained == list(network.head.parameters())
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    nn.functional.mse_loss(network(x), 3 * x).backward()
    torch.optim.SGD(trained, lr=0.1).step()
    for name, parameter in network.named_parameters():
        frozen = name.startswith("body.")
        assert torch.equal(parameter, before[name]) == frozen
        assert (parameter.grad is None) == frozen
    assert parameter_count(network) == 33
    assert sum(p.numel() for p in trained) == 5


def test_without_relu_a_stack_is_one_linear_layer(seed):
    torch.manual_seed(seed)
    layers = [nn.Linear(a, b).double() for a, b in pairwise((3, 8, 8, 2))]
    one, zero = nn.Linear(3, 2).double(), torch.zeros(1, 3, dtype=torch.float64)
    chain = nn.Sequential(*layers)
    with torch.no_grad():
        one.bias.copy_(chain(zero)[0])
        one.weight.copy_((chain(torch.eye(3).double()) - chain(zero)).T)
    x = torch.randn(20, 3, dtype=torch.float64)
    assert torch.allclose(chain(x), one(x))


def test_containers_register_what_lists_and_dictionaries_hide():
    module = nn.Module()
    module.a = nn.ModuleList([nn.Linear(1, 1, bias=False)])
    module.b = nn.ModuleDict({"key": nn.Linear(1, 1, bias=False)})
    module.c = nn.ParameterList([torch.zeros(1)])
    module.d = {"key": nn.Linear(1, 1)}
    assert set(names(module)) == {"a.0.weight", "b.key.weight", "c.0"}


@pytest.mark.equation("parameter-count", r"p = \sum_{l=1}^{L} (d_{l-1} + 1)\, d_l")
@pytest.mark.parametrize("offset", range(10))
def test_parameters_of_a_stack(offset, seed, equation):
    widths = random_widths(random.Random(seed + offset))
    stack = Stack(*widths)
    by_equation = sum((before + 1) * d for before, d in pairwise(widths))
    assert by_equation == parameter_count(stack)
    # counted without parameters(): what backward reaches
    stack(torch.zeros(1, widths[0])).sum().backward()
    layers = [m for m in stack.modules() if isinstance(m, nn.Linear)]
    assert by_equation == sum(
        layer.weight.grad.numel() + layer.bias.grad.numel() for layer in layers
    )
    for d in (widths, (3, 4, 5, 2)):
        equation(p=parameter_count(Stack(*d)), L=len(d) - 1, d=dict(enumerate(d)))


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=5), st.data())
@examples
def test_numbers_are_counted_once_in_whatever_module(made, data):
    module, held = nn.Module(), []
    for size, trained in made:
        held.append(nn.Parameter(torch.zeros(size, 2), requires_grad=trained))
        module.register_parameter(f"own_{len(held)}", held[-1])
    if held:  # a second name for one, and a module for another
        module.again = data.draw(st.sampled_from(held))
        module.child = nn.ParameterList([data.draw(st.sampled_from(held))])
    module.register_buffer("buffer", torch.zeros(7))
    assert parameter_count(module) == sum(size * 2 for size, _ in made)


def test_a_layer_without_a_size_has_no_count_yet():
    with pytest.raises(ValueError, match="uninitialized parameter"):
        parameter_count(nn.LazyLinear(1))


def test_what_is_printed_of_the_network_has_its_modules_and_not_its_parameters():
    network = Network()
    printed = str(network)
    for name, module in network.named_children():
        assert f"({name}): {type(module).__name__}" in printed
    assert "weight" not in printed


def test_the_drawn_neurons_are_those_of_the_first_network():
    (axes,) = figure_network().axes
    joins = [line for line in axes.lines if line.get_linestyle() == "-"]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    widths = [len(line.get_xdata()) for line in dots]
    assert widths == [2, 4, 4, 1]
    assert len(joins) == sum(a * b for a, b in pairwise(widths)) == 28
    assert len(joins) + sum(widths[1:]) == len(joins) + 9 == 37
    named = [each.get_text() for each in axes.texts if "Linear" in each.get_text()]
    assert named == [f"Linear({a}, {b})" for a, b in pairwise(widths)]


@pytest.mark.parametrize("widths", [(2, 4, 1), (1, 8, 3), (5, 2, 2)])
def test_two_linear_layers_in_a_row_are_one(widths, seed):
    torch.manual_seed(seed)
    first, second = (nn.Linear(a, b).double() for a, b in pairwise(widths))
    x = torch.randn(20, widths[0]).double()
    weight = second.weight @ first.weight
    bias = second.weight @ first.bias + second.bias
    assert torch.allclose(second(first(x)), x @ weight.T + bias)


def test_the_tree_is_the_network_s():
    """A label hangs below the last module one place to its left; paths are names."""
    (axes,) = figure_tree().axes
    colors = {
        tuple(place): to_hex(dots.get_facecolor()[0])
        for dots in axes.collections
        for place in dots.get_offsets()
    }
    branches = {tuple(line.get_xydata()[-1]): line.get_xydata() for line in axes.lines}
    path, depths, modules, parameters = [], [], [], {}
    for row, text in enumerate(axes.texts):
        depth, label = math.floor(text.get_position()[0]), text.get_text()
        assert 0.1 < text.get_position()[0] - depth < 0.2  # right of its mark
        assert text.get_position()[1] == row
        if row:  # down from the module on the left or from its last child, then right
            above = max(r for r, d in enumerate(depths) if d in (depth - 1, depth))
            corners = [[depth - 1, above], [depth - 1, row], [depth, row]]
            assert branches[depth, row].tolist() == corners
        depths.append(depth)
        name, _, rest = label.partition(" ")
        path = [*path[:depth], name.strip("():")]
        if colors[depth, row] == to_hex("tab:orange"):
            parameters[".".join(path[1:])] = rest
        else:
            assert colors[depth, row] == to_hex("tab:gray")
            modules.append((".".join(path[1:]), rest or name))
    network = Network()
    assert parameters == {n: str(tuple(p.shape)) for n, p in network.named_parameters()}
    assert modules == [(n, type(m).__name__) for n, m in network.named_modules()]
    assert len(modules) + len(parameters) == len(axes.texts)
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == ["nn.Module", "nn.Parameter"]
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    assert left < 0 < max(depths) < right
    assert top < 0 < len(axes.texts) - 1 < bottom < len(axes.texts)  # read downwards


def test_the_parts_have_the_sizes_that_the_page_shows():
    parts = Parts()
    for two_numbers in (parts.parameter, parts.buffer, parts.tensor):
        assert two_numbers.shape == (2,)
    for layer in (parts.layer, *parts.layers):
        assert (layer.in_features, layer.out_features) == (1, 1)


def test_a_network_computes_what_a_stack_does_under_other_names(seed):
    torch.manual_seed(seed)
    network, stack, x = Network(), Stack(1, 4, 4, 1), torch.randn(9, 1)
    values = network.state_dict().values()
    stack.load_state_dict(dict(zip(stack.state_dict(), values, strict=True)))
    assert torch.equal(network(x), stack(x))
    assert not set(names(network)) & set(names(stack))


def test_train_and_eval_reach_the_tree_and_not_the_list():
    parts = Parts()
    for training in (False, True):
        parts.layers[0].training = not training
        assert parts.train(training) is parts
        assert all(module.training == training for module in parts.modules())
        assert parts.layers[0].training != training
    assert not parts.eval().layer.training


def test_some_layers_compute_by_the_mode():
    torch.manual_seed(0)
    dropout, x = nn.Dropout(), torch.ones(100)
    assert torch.equal(dropout.eval()(x), x)
    assert not torch.equal(dropout.train()(x), x)


def test_batch_norm_and_dropout_compute_in_training_as_the_table_says():
    torch.manual_seed(0)
    x = torch.tensor([5.0, -2.0, 0.0, 9.0]) + 3 * torch.randn(100, 4)
    layer = nn.BatchNorm1d(4)
    y = layer(x)
    assert torch.allclose(y.mean(0), torch.zeros(4), atol=1e-5)
    assert torch.allclose(y.std(0), torch.ones(4), atol=1e-2)
    with torch.no_grad():
        layer.weight.fill_(3)
        layer.bias.fill_(-1)
    assert torch.allclose(layer(x), 3 * y - 1, atol=1e-4)
    assert parameter_count(layer) == 2 * 4
    assert not torch.allclose(layer.eval()(x), y, atol=0.1)
    dropped = nn.Dropout(0.5)(torch.ones(10_000))
    assert (dropped == 0).float().mean().item() == pytest.approx(0.5, abs=0.05)
    assert dropped.unique().tolist() == [0, 2]  # so it is 1 on average


def test_the_other_layers_of_the_table_do_what_it_says():
    image = torch.arange(64.0).reshape(1, 1, 8, 8)
    pooled = nn.MaxPool2d(2)(image)
    assert torch.equal(pooled[0, 0], image[0, 0, 1::2, 1::2])  # the largest of each
    assert torch.equal(nn.Flatten()(image), image.reshape(1, 64))
    conv = nn.Conv2d(3, 6, kernel_size=3)
    assert conv.weight.shape == (6, 3, 3, 3)
    assert parameter_count(conv) == 6 * 3 * 3 * 3 + 6
    image = torch.randn(1, 3, 8, 8)
    weighted = (conv.weight[4] * image[0, :, 2:5, 1:4]).sum() + conv.bias[4]
    assert conv(image)[0, 4, 2, 1].item() == pytest.approx(weighted.item(), abs=1e-4)
    table, words = nn.Embedding(10, 4), torch.tensor([[3, 7, 7], [1, 0, 9]])
    assert torch.equal(table(words), table.weight[words])
    with pytest.raises(IndexError):
        table(torch.tensor([10]))


def test_a_layer_in_two_places_is_counted_once():
    """Though the equation counts it for each of its uses."""
    layer = nn.Linear(8, 8)
    assert parameter_count(nn.Sequential(layer, layer)) == parameter_count(layer)
    assert 2 * parameter_count(layer) == parameter_count(Stack(8, 8, 8))


def test_calling_runs_a_hook_and_forward_does_not():
    network, runs = Network(), []
    network.register_forward_hook(lambda *given: runs.append(len(given)))
    network.forward(torch.zeros(3, 1))
    assert runs == []
    network(torch.zeros(3, 1))
    assert runs == [3]


def test_a_loaded_state_gives_the_same_outputs_and_stays_apart(seed):
    torch.manual_seed(seed)
    trained, fresh, x = Stack(1, 8, 8, 1), Stack(1, 8, 8, 1), torch.randn(9, 1)
    assert not torch.equal(trained(x), fresh(x))
    fresh.load_state_dict(trained.state_dict())
    loaded = fresh(x)
    assert torch.equal(trained(x), loaded)
    nn.init.zeros_(trained.layers[0].weight)
    assert torch.equal(fresh(x), loaded)
    changed = trained(x)
    nn.init.ones_(fresh.layers[0].weight)
    assert torch.equal(trained(x), changed)


def test_what_is_not_registered_is_not_in_the_model_made_again():
    class Scaled(Model):
        def __init__(self, scale):
            super().__init__(1, 1)
            self.scale = scale

        def forward(self, x):
            return self.scale * super().forward(x)

    old, new, x = Scaled(torch.tensor(2.0)), Scaled(torch.tensor(3.0)), torch.ones(1, 1)
    new.load_state_dict(old.state_dict())
    assert new(x).item() == pytest.approx(1.5 * old(x).item())


def test_a_state_shares_memory_unless_it_is_copied():
    model = Model(1, 1)
    state, copied = model.state_dict(), copy.deepcopy(model.state_dict())
    nn.init.constant_(model.linear.weight, 42.0)
    assert state["linear.weight"].item() == 42
    assert copied["linear.weight"].item() != 42


class Renamed(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(1, 1)


def test_a_renamed_attribute_misses_its_values_until_its_key_is_renamed():
    state, renamed = Model(1, 1).state_dict(), Renamed()
    with pytest.raises(RuntimeError, match=r"Missing key.*\n.*Unexpected key"):
        renamed.load_state_dict(state)
    before = renamed.layer.weight.clone()
    renamed.load_state_dict(state, strict=False)
    assert torch.equal(renamed.layer.weight, before)
    renamed.load_state_dict(
        {name.replace("linear.", "layer."): value for name, value in state.items()}
    )
    assert torch.equal(renamed.layer.weight, state["linear.weight"])


def test_a_forward_inside_init_is_missing_too():
    class Nested(nn.Module):
        def __init__(self):
            super().__init__()

            def forward(self, x):
                return x

    with pytest.raises(NotImplementedError, match='missing the required "forward"'):
        Nested()(torch.zeros(1))


def test_relu_takes_a_number_and_no_name():
    """Proves the solution of anatomy#exercise-names."""
    layers = nn.Linear(1, 2), nn.Linear(2, 1)
    assert names(nn.Sequential(layers[0], nn.ReLU(), layers[1]))[2] == "2.weight"
    assert names(nn.Sequential(*layers))[2] == "1.weight"
    with pytest.raises(RuntimeError, match="Missing key"):
        saved = nn.Sequential(layers[0], nn.ReLU(), layers[1]).state_dict()
        nn.Sequential(*layers).load_state_dict(saved)


def test_a_residual_module_adds_its_input(seed):
    torch.manual_seed(seed)
    inner = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 3)).double()
    residual, x = Residual(inner), torch.randn(3, dtype=torch.float64)
    assert residual(x).tolist() == pytest.approx(
        [a + b for a, b in zip(x.tolist(), inner(x).tolist(), strict=True)]
    )
    assert parameter_count(residual) == parameter_count(inner)
    for parameter in inner[-1].parameters():
        nn.init.zeros_(parameter)
    assert torch.equal(residual(x), x)


def test_training_makes_a_residual_module_depart_from_its_input():
    torch.manual_seed(0)
    residual, x = Residual(Stack(3, 8, 3)), torch.randn(5, 3)
    for parameter in residual.f.layers[-1].parameters():
        nn.init.zeros_(parameter)
    optimizer = torch.optim.SGD(residual.parameters(), lr=0.1)
    nn.functional.mse_loss(residual(x), 2 * x).backward()
    optimizer.step()
    assert not torch.equal(residual(x), x)


@examples
@given(st.data())
def test_a_residual_module_adds_whatever_readers_bring(data):
    dtype = data.draw(FLOATS)
    shape = tuple(data.draw(st.lists(SIZES, max_size=3)))
    x, change = (drawn(data.draw, shape, dtype, 1e4) for _ in "xf")
    assert torch.equal(Residual(lambda _: change)(x), x + change)
    other = torch.zeros((*shape, 2))
    with pytest.raises(ValueError, match=r"f made \(.*\) of \("):
        Residual(lambda _: other)(x)


class WithList(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = [nn.Linear(1, 8), nn.Linear(8, 8)]
        self.last = nn.Linear(8, 1)

    def forward(self, x):
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return self.last(x)


@pytest.mark.parametrize("start", range(5))
def test_the_loss_falls_by_half_though_a_list_of_layers_never_moves(start):
    """See anatomy#exercise-plain_list.

    One start in fifty leaves too few neurons awake to halve the loss.
    """
    torch.manual_seed(start)
    x = torch.randn(100, 1)
    y = 7 * x + 5 + torch.normal(0, 2, (100, 1))
    network = WithList()
    before = [layer.weight.clone() for layer in network.hidden]
    first, last = train(network, x, y)
    assert last < first / 2
    kept = zip(network.hidden, before, strict=True)
    assert all(torch.equal(layer.weight, weight) for layer, weight in kept)
    assert train(Stack(1, 8, 8, 1), x, y)[1] < last


def test_the_whole_stack_gets_below_the_loss_of_the_line_itself():
    """So it follows part of the noise; see anatomy#exercise-plain_list."""
    torch.manual_seed(0)
    x = torch.randn(100, 1)
    noise = torch.normal(0, 2, (100, 1))
    assert train(Stack(1, 8, 8, 1), x, 7 * x + 5 + noise)[1] < noise.square().mean()


def test_training_returns_the_first_and_the_last_loss():
    torch.manual_seed(0)
    x, model = torch.randn(20, 1), Model(1, 1)
    y = 3 * x - 1
    before = nn.functional.mse_loss(model(x), y).item()
    first, last = train(model, x, y)
    assert first == before
    assert nn.functional.mse_loss(model(x), y).item() <= last < 1e-6


class InPlace(Residual):
    def forward(self, x):
        x += self.f(x)
        return x


class InList(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.parts = [f]

    def forward(self, x):
        return x + self.parts[0](x)


class WithRelu(Residual):
    def forward(self, x):
        return torch.relu(x + self.f(x))


# for each exercise the right answer, one for each hint, and one that is like none
ANSWERS = {
    "wider": [(105,), (88,), (65,), (37,), (72,)],
    "count": [
        (101_770, 100_480),
        (101_632, 100_352),
        (101_634, 100_353),
        (102_544, 101_136),
        (101_770, 1290),
    ],
    "names": [
        (["0.weight", "0.bias", "2.weight", "2.bias"],),
        (["0.weight", "0.bias", "1.weight", "1.bias"],),
        (["1.weight", "1.bias", "3.weight", "3.bias"],),
        (["0.weight", "0.bias", "1.weight", "1.bias", "2.weight", "2.bias"],),
        (["0.weight", "2.weight"],),
    ],
    "residual": [
        (Residual, 0),
        (InPlace, 0),
        (InList, 0),
        (Residual, 3),
        (WithRelu, 0),
    ],
    "plain_list": [(9, True), (97, True), (8, True), (9, False), (88, True)],
}


def counts(printed, run):
    """By the equation, and by counting."""
    total, counted, first, first_counted = map(int, numbers(printed))
    return [(total, first), (counted, first_counted)]


def what_the_list_hides(printed, run):
    trained, before, after = map(float, numbers(printed.splitlines()[0]))
    return [(int(trained), after < before)]


# What each solution answers, taken out of what it prints or defines.
SOLUTIONS = {
    "wider": lambda printed, run: [tuple(map(int, numbers(printed)))],
    "count": counts,
    "names": lambda printed, run: [(literal_eval(printed),)],
    "residual": lambda printed, run: [
        (Residual, numbers(printed)[0] - numbers(printed)[1])
    ],
    "plain_list": what_the_list_hides,
}


def test_the_checks_know_further_answers():
    assert exercises.names(["2.bias", "0.bias", "2.weight", "0.weight"]) == 0
    assert exercises.plain_list(88, False) == -1
    for hint, in_first_layer in enumerate((100_480, 100_352, 100_353, 101_136)):
        assert exercises.count(101_770, in_first_layer) == hint


@given(st.tuples(*[st.sampled_from([0, 1, 2, -1, 0.99, 1.01])] * 2, st.floats(-1, 1)))
def test_another_sum_is_no_residual(parts):
    a, b, c = parts
    assume((a, b) != (1, 1) or abs(c) > 1e-3)

    class Another(Residual):
        def forward(self, x):
            return a * x + b * self.f(x) + c

    assert exercises.residual(Another, 0) != 0


def test_a_residual_trains_what_f_does_and_nothing_else():
    class Scaled(Residual):
        def __init__(self, f):
            super().__init__(f)
            self.scale = nn.Parameter(torch.ones(()))

        def forward(self, x):
            return x + self.scale * self.f(x)

    class Cut(Residual):
        def forward(self, x):
            return x + self.f(x).detach()

    class NoModule:
        def __init__(self, f):
            self.f = f

        def __call__(self, x):
            return x + self.f(x)

    found = [exercises.residual(kind, 0) for kind in (Scaled, Cut, NoModule)]
    assert found == [3, -1, -1]
