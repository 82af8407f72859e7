/* A computation graph to walk through: forward value by value, back derivative by derivative. */
import { Explorable, make, say, set, show, still } from "./base.js"

/* A node is {operation, inputs}, inputs before users; a leaf has no inputs.
   What an operation makes of its inputs, and its derivative with respect to each. */
const OPERATIONS = {
  "+": (a, b) => [a + b, [1, 1]],
  "−": (a, b) => [a - b, [1, -1]],
  "×": (a, b) => [a * b, [b, a]],
  "÷": (a, b) => [a / b, [1 / b, -a / b / b]],
  "^2": a => [a * a, [2 * a]],
}

/* The value of each node, and the local derivative of each of its edges. */
export function forward(nodes, leaves) {
  const values = []
  const factors = []
  nodes.forEach(({ operation, inputs }, i) => {
    [values[i], factors[i]] = inputs.length ? OPERATIONS[operation](...inputs.map(each => values[each])) : [leaves[i], []]
  })
  return { values, factors }
}

/* The edges that leave each node, as pairs [user, which of its inputs]. */
export function usersOf(nodes) {
  const users = nodes.map(() => [])
  nodes.forEach(({ inputs }, user) => inputs.forEach((each, which) => users[each].push([user, which])))
  return users
}

/* ∂(last node)/∂v for each node v: over its edges, the sum of the user's ∂ times the factor. */
export function backward(nodes, factors) {
  const users = usersOf(nodes)
  const partial = Array(nodes.length).fill(1)
  for (let i = nodes.length - 2; i >= 0; i--) partial[i] = users[i].reduce((sum, [user, which]) => sum + partial[user] * factors[user][which], 0)
  return partial
}

/* What a walk of `step` steps has reached: step 0 gives the leaves, then come the values in
   order, the derivatives in reverse order, and the end. `passes` counts the backward passes
   that .grad adds up, this one among them; 0 at the end: it was emptied. Not reached: null. */
export function walk(nodes, leaves, step, passes) {
  const { values, factors } = forward(nodes, leaves)
  const partial = backward(nodes, factors)
  const computed = nodes.flatMap(({ inputs }, i) => (inputs.length ? [i] : []))
  const last = computed.length + nodes.length + 1
  const back = Math.max(0, Math.min(nodes.length, step - computed.length))
  const node = step === 0 || step >= last ? null : back ? nodes.length - back : computed[step - 1]
  const known = nodes.map(({ inputs }, i) => !inputs.length || back > 0 || i <= (node ?? -1))
  const reached = nodes.map((_, i) => i >= nodes.length - back)
  const counted = reached.map(each => (step < last ? Math.max(1, passes) - !each : passes))
  return {
    values: values.map((value, i) => (known[i] ? value : null)),
    factors: factors.map((each, i) => each.map(factor => (known[i] ? factor : null))),
    partial: partial.map((value, i) => (reached[i] ? value : null)),
    grads: partial.map((value, i) => (counted[i] ? counted[i] * value : null)),
    node, back, computed: computed.length, last,
  }
}

const short = number => show(number, Math.abs(number) < 10 ? 2 : Math.abs(number) < 100 ? 1 : 0).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "")
const enclosed = text => (/^−| /.test(text) ? `(${text})` : text)
const written = (operation, [a, b]) => (operation === "^2" ? `${enclosed(a)}²` : `${/ /.test(a) ? `(${a})` : a} ${operation} ${enclosed(b)}`)
const equal = parts => parts.filter((part, i) => part !== parts[i - 1]).join(" = ")
// Korean particles after a name: ₂ ends in a vowel, all others in a consonant
const after = (name, [vowel, consonant]) => name + (name.endsWith("₂") ? vowel : consonant)

const WIDTH = 300
const ROW = 65

class Graph extends Explorable {
  static invite = ["다음에 나올 숫자를 짐작해 보라. 상자도 눌러 보라.", "Guess the next number, then look. Or press a box."]

  static state({ nodes, sliders }) {
    const { last } = walk(nodes, [], 0, 0)
    const edges = nodes.flatMap(({ inputs }, user) => inputs.map(each => `${each}-${user}`))
    const whole = (value, max) => ({ value, options: [...Array(max + 1).keys()] })
    const leaves = Object.entries(sliders).map(([node, [min, max]]) => [nodes[node].id, { value: nodes[node].value, min, max }])
    return {
      ...Object.fromEntries(leaves),
      step: whole(last, last),
      passes: whole(1, 999),
      look: { value: "", options: ["", ...Object.keys(nodes), ...edges] },
    }
  }

  build(stage) {
    const { nodes, sliders } = this.given
    stage.classList.add("beside")
    const rows = Math.max(...nodes.map(({ at }) => at[1]))
    const { last, computed } = walk(nodes, [], 0, 0)
    this.state.step = computed // for a reader, ∂ is still to come; an address without a step means the end
    const name = say("연산 그래프: 화살표 키로 값과 화살표를 하나씩 살펴본다", "Computation graph: arrow keys go from value to value and arrow to arrow")
    this.svg = make("svg", { viewBox: `0 0 ${WIDTH} ${(rows + 1) * ROW - 7}`, role: "listbox", tabindex: 0, "aria-label": name }, stage.panels)
    const tip = make("marker", { id: "graph-tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" }, this.svg)
    make("path", { d: "M0 0L8 4L0 8Z", fill: "context-stroke" }, tip)
    this.boxes = nodes.map(({ at, name, parameter }) => {
      const half = [parameter ? 48 : name.length > 4 ? 54 : 35, parameter ? 25 : 18]
      return { x: at[0] * WIDTH, y: (rows - at[1]) * ROW + 53 - half[1], half }
    })
    this.edges = nodes.map(({ inputs }, user) => inputs.map(each => this.drawEdge(each, user)))
    this.drawn = nodes.map((node, i) => this.drawNode(node, i))
    this.items = nodes.flatMap(({ inputs }, i) => [String(i), ...inputs.map(each => `${each}-${i}`)])
    const legend = say("파란 숫자: 연산 하나의 미분계수. 주황 테두리: 매개변수. 점선: 데이터. 빨강: 방금 계산한 것.", "Blue number: derivative of one operation. Orange border: parameter. Dotted: data. Red: just computed.")
    make("div", { class: "note", style: "flex: 1 1 100%; margin-bottom: 0.4rem", text: legend }, stage.panels)
    this.svg.addEventListener("keydown", event => {
      const [at, last] = [this.items.indexOf(this.state.look), this.items.length - 1]
      const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: last, " ": at }[event.key]
      if (to === undefined) return
      event.preventDefault()
      this.by({ look: this.items[to < 0 ? last : to > last ? 0 : to] })
    })
    this.svg.addEventListener("focus", () => this.state.look || this.by({ look: this.items[0] }))

    const walked = changes => {
      this.stop()
      this.by({ look: "", ...changes })
    }
    const afresh = { step: 0, passes: 1 }
    this.back = this.button(say("이전", "Back"), () => walked({ step: this.state.step - 1, passes: Math.max(1, this.state.passes) }))
    this.next = this.button("", () => walked({ step: this.state.step + 1 }))
    this.next.style.minWidth = "11.5em" // for its longest text: no button moves
    this.button(say("0단계로", "To step 0"), () => walked(afresh))
    this.play = this.button(say("재생", "Play"), () => {
      if (this.timer) return this.stop()
      // without motion: to the end of the forward pass, then to that of the backward pass
      if (still.matches) return walked(this.state.step < last ? { step: this.state.step < computed ? computed : last } : afresh)
      walked(this.state.step < last ? { step: this.state.step + 1 } : afresh)
      this.timer = setInterval(() => (this.state.step < last ? this.by({ look: "", step: this.state.step + 1 }) : this.stop()), 1200)
    })
    this.button("backward()", () => walked(this.state.step < last ? { step: last } : { passes: this.state.passes + 1 }))
    this.button("zero_grad()", () => {
      const arrived = walk(nodes, [], this.state.step, 1).grads.some((grad, i) => nodes[i].parameter && grad !== null)
      walked(arrived ? { step: last, passes: 0 } : { passes: 1 })
    })
    this.button(say("원래 값으로", "Original values"), () => walked({ ...this.start, step: this.state.step }))
    for (const node of Object.keys(sliders)) this.slider(nodes[node].id, nodes[node].name, { step: 0.1, digits: 1 })
  }

  /* With other values it is another graph, into which only one backward pass has gone. */
  by(changes) {
    const leaves = Object.keys(this.given.sliders).map(node => this.given.nodes[node].id)
    const other = leaves.some(id => id in changes)
    this.emptied = other && (this.emptied || this.state.passes > 1)
    super.by(this.emptied ? { ...changes, passes: 1 } : changes)
  }

  stop() {
    clearInterval(this.timer)
    this.timer = undefined
    this.change({})
  }

  item(id, label) {
    const group = make("g", { id: `graph-${id}`, role: "option", "aria-label": label }, this.svg)
    group.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && this.by({ look: id }))
    group.addEventListener("click", () => this.by({ look: id })) // a finger that scrolls does not click
    return group
  }

  drawEdge(source, user) {
    const { nodes } = this.given
    const [from, to] = [this.boxes[source], this.boxes[user]]
    const [dx, dy] = [to.x - from.x, to.y - from.y]
    const border = ({ x, y, half }, way) => {
      const part = way * Math.min(half[0] / Math.abs(dx), half[1] / Math.abs(dy))
      return `${(x + part * dx).toFixed(1)} ${(y + part * dy).toFixed(1)}`
    }
    const ends = [border(from, 1), border(to, -1)]
    const group = this.item(`${source}-${user}`, `${nodes[source].name} → ${nodes[user].name}`)
    make("path", { class: "reach", d: `M${ends.join("L")}` }, group)
    const line = make("path", { "marker-end": "url(#graph-tip)" }, group)
    const [[x1, y1], [x2, y2]] = ends.map(end => end.split(" ").map(Number))
    const number = make("text", { class: "truth halo", x: (x1 + x2) / 2, y: (y1 + y2) / 2 + 4, "text-anchor": "middle" }, group)
    return { group, line, number, ends }
  }

  drawNode({ name, parameter }, i) {
    const { x, y, half } = this.boxes[i]
    const group = this.item(String(i), name)
    const box = make("rect", { x: x - half[0], y: y - half[1], width: 2 * half[0], height: 2 * half[1], rx: 4 }, group)
    const lines = [0, 15, 30].slice(0, parameter ? 3 : 2).map(down => make("text", { x, y: y - half[1] + 14 + down, "text-anchor": "middle" }, group))
    return { group, box, lines }
  }

  /* In words: what becomes of the user of an edge when its source grows. */
  effect(source, user, factor) {
    const [v, w] = [source, user].map(i => this.given.nodes[i].name)
    const times = Math.abs(factor)
    if (times < 0.005) return say(`${after(v, "가이")} 조금 커져도 ${after(w, "는은")} 거의 변하지 않는다`, `when ${v} grows a little, ${w} hardly changes`)
    const amount = short(times) === "1" ? say("그만큼", "just as much") : say(`그 ${short(times)}배만큼`, `${short(times)} times as much`)
    const [커진다, grows] = factor > 0 ? ["커진다", "grows"] : ["작아진다", "falls"]
    return say(`${after(v, "가이")} 조금 커지면 ${after(w, "는은")} ${amount} ${커진다}`, `when ${v} grows a little, ${w} ${grows} ${amount}`)
  }

  /* The local derivative of an edge as a formula and, once it is known, as a number. */
  local(source, user, factor) {
    const { nodes } = this.given
    const { operation, inputs, name } = nodes[user]
    const which = inputs.indexOf(source)
    const other = nodes[inputs[1 - which]]?.name
    const symbol = { "+": "1", "−": which ? "−1" : "1", "×": other, "÷": which ? `−${name}/${nodes[source].name}` : `1/${other}`, "^2": `2${nodes[source].name}` }[operation]
    return equal([`∂${enclosed(name)}/∂${enclosed(nodes[source].name)}`, symbol, ...(factor === null ? [] : [short(factor)])])
  }

  describe(look, { values, factors }) {
    const { nodes } = this.given
    const [first, second] = look.split("-").map(Number)
    const edges = second !== undefined ? [[first, second]] : nodes[first].inputs.length ? nodes[first].inputs.map(each => [each, first]) : usersOf(nodes)[first].map(([user]) => [first, user])
    const name = second === undefined ? `${equal(values[first] === null ? [nodes[first].name] : [nodes[first].name, short(values[first])])}. ` : ""
    const told = edges.map(([source, user]) => {
      const factor = factors[user][nodes[user].inputs.indexOf(source)]
      return this.local(source, user, factor) + (factor === null ? "" : `: ${this.effect(source, user, factor)}`)
    })
    return `${name}${told.join("; ")}.`
  }

  draw(state) {
    const { nodes } = this.given
    const { step, passes, look } = state
    const reached = walk(nodes, nodes.map(({ id, value }) => state[id] ?? value), step, passes)
    const { values, factors, partial, grads, node, back, last } = reached
    const users = usersOf(nodes)
    nodes.forEach(({ name, parameter, inputs }, i) => {
      const { group, box, lines } = this.drawn[i]
      const kind = i === node ? "error strong" : String(i) === look ? "truth strong" : parameter ? "estimate" : inputs.length ? "plain" : "data dotted"
      set(box, { class: `box ${kind}` })
      set(group, { "aria-selected": String(i) === look })
      const told = [values[i] === null ? name : `${name} = ${short(values[i])}`, partial[i] === null ? "" : `∂ = ${short(partial[i])}`, `.grad = ${grads[i] === null ? "None" : short(grads[i])}`]
      lines.forEach((line, n) => set(line, { text: told[n] }))
      inputs.forEach((each, which) => {
        const { group, line, number, ends } = this.edges[i][which]
        const used = back ? each === node : i === node
        const looked = look === `${each}-${i}`
        set(line, { class: used ? "error strong" : looked ? "truth strong" : "data", d: `M${(used && back ? [...ends].reverse() : ends).join("L")}` })
        set(number, { text: factors[i][which] === null ? "" : short(factors[i][which]) })
        set(group, { "aria-selected": looked })
      })
    })
    if (look) set(this.svg, { "aria-activedescendant": `graph-${look}` })
    else this.svg.removeAttribute("aria-activedescendant")
    const next = walk(nodes, [], step + 1, 1)
    const name = nodes[next.node]?.name
    const coming = !name ? say("결과", "result") : next.back ? say(`${name}의 ∂`, `∂ of ${name}`) : name
    set(this.next, { text: say("다음", "Next") + (step < last ? `: ${coming}` : ""), "aria-disabled": step >= last })
    set(this.back, { "aria-disabled": step === 0 })
    set(this.play, { text: this.timer ? say("멈춤", "Pause") : say("재생", "Play") })
    const said = this.tell(reached, users, step, passes)
    return look ? `${said} ${this.describe(look, reached)}` : said
  }

  /* What the step that has just been made has done. */
  tell({ values, factors, partial, grads, node, back, computed, last }, users, step, passes) {
    const { nodes } = this.given
    const vector = numbers => `(${nodes.flatMap(({ parameter }, i) => (parameter ? [numbers[i] === null ? "None" : short(numbers[i])] : [])).join(", ")})`
    if (step === 0) return say("매개변수와 데이터만 있고, 아직 아무것도 계산하지 않았다.", "The parameters and the data are given; nothing has been computed yet.")
    if (step >= last) {
      const done = say(`손실은 ${short(values.at(-1))}, 변화도는 ${vector(partial)}이다.`, `The loss is ${short(values.at(-1))}, its gradient ${vector(partial)}.`)
      if (!passes) return `${done} ${say("zero_grad()로 .grad를 비웠다.", "zero_grad() has emptied .grad.")}`
      if (this.emptied) return `${done} ${say("값이 바뀌면 새 그래프다. .grad를 비우고 다시 구했다.", "Other values make another graph: .grad was emptied first.")}`
      if (passes === 1) return `${done} ${say(".grad에도 같은 값이 들어 있다.", ".grad holds the same.")}`
      return `${done} ${say(`역전파를 ${passes}번 해서, 모두 더한 .grad는 ${vector(grads)}이다.`, `After ${passes} backward passes, .grad is their sum, ${vector(grads)}.`)}`
    }
    const { name, operation, inputs, parameter } = nodes[node]
    if (!back) {
      const formula = equal([name, written(operation, inputs.map(each => nodes[each].name)), written(operation, inputs.map(each => short(values[each]))), short(values[node])])
      return say(`순전파 ${computed}단계 중 ${step}단계: ${formula}.`, `Forward, step ${step} of ${computed}: ${formula}.`)
    }
    const terms = users[node].map(([user, which], i) => {
      const term = `${short(partial[user])} × ${enclosed(short(factors[user][which]))}`
      return i && partial[user] < 0 ? `(${term})` : term
    })
    const sum = equal([...(terms.length ? [terms.join(" + ")] : []), short(partial[node])])
    const told = say(`역전파 ${nodes.length}단계 중 ${back}단계: ${name}의 ∂ = ${sum}.`, `Backward, step ${back} of ${nodes.length}: ∂ of ${name} = ${sum}.`)
    if (!parameter) return told
    const before = passes > 1 ? `${short(grads[node] - partial[node])} + ${enclosed(short(partial[node]))} = ` : ""
    return `${told} ${say(`이것을 더한 .grad는 ${before}${short(grads[node])}이다.`, `It is added to .grad: ${before}${short(grads[node])}.`)}`
  }
}

customElements.define("theta-graph", Graph)
