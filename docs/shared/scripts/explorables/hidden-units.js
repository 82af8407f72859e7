/* A network of a few ReLU neurons on one input: what each adds, and the line that bends.
   θ = [c, w₁, b₁, v₁, w₂, …] with the output c + Σ vⱼ max(0, wⱼ x + bⱼ). */
import { Explorable, Panel, drag, make, say, set, show, still } from "./base.js"

const MOST = 8 // neurons
const STEPS = 500 // of one training
const grouped = theta => Array.from({ length: (theta.length - 1) / 3 }, (_, j) => theta.slice(3 * j + 1, 3 * j + 4))

export const ramp = ([w, b, v], x) => v * Math.max(0, w * x + b)
export const kink = ([w, b]) => -b / w
export const output = (theta, x) => grouped(theta).reduce((sum, neuron) => sum + ramp(neuron, x), theta[0])

/* Slopes of the output left of all kinks and right of them. */
export function endSlopes(theta) {
  const slope = sign => grouped(theta).reduce((sum, [w, , v]) => sum + (w * sign > 0 ? w * v : 0), 0)
  return [slope(-1), slope(1)]
}

/* Mean squared error on points [x, y] and its gradient, in the order of θ. */
export function lossAndGradient(theta, points) {
  let loss = 0
  const gradient = theta.map(() => 0)
  for (const [x, y] of points) {
    const error = output(theta, x) - y
    loss += error ** 2 / points.length
    const slope = (2 * error) / points.length
    gradient[0] += slope
    for (let j = 1; j < theta.length; j += 3) {
      const [w, b, v] = theta.slice(j, j + 3)
      if (!(w * x + b > 0)) continue
      gradient[j] += slope * v * x
      gradient[j + 1] += slope * v
      gradient[j + 2] += slope * (w * x + b)
    }
  }
  return { loss, gradient }
}

/* One step of Adam, as PyTorch takes it, in place. */
export function adam(run, points, rate = 0.02) {
  const { gradient } = lossAndGradient(run.theta, points)
  run.step += 1
  gradient.forEach((slope, i) => {
    run.mean[i] += 0.1 * (slope - run.mean[i])
    run.square[i] = 0.999 * run.square[i] + 0.001 * slope ** 2
    const size = Math.sqrt(run.square[i]) / Math.sqrt(1 - 0.999 ** run.step) + 1e-8
    run.theta[i] -= ((rate / (1 - 0.9 ** run.step)) * run.mean[i]) / size
  })
}

export const newRun = theta => ({ theta: [...theta], mean: theta.map(() => 0), square: theta.map(() => 0), step: 0 })

export function train(theta, points, steps) {
  const run = newRun(theta)
  while (run.step < steps) adam(run, points)
  return run.theta
}

/* θ in an address, with four digits, and back; undefined if it is not one. */
export const write = theta => theta.map(each => Number(each.toPrecision(4))).join("_")

export function read(text) {
  const theta = text.split("_").map(each => (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(each) ? Number(each) : NaN))
  const neurons = (theta.length - 1) / 3
  const whole = Number.isInteger(neurons) && neurons >= 1 && neurons <= MOST
  return whole && theta.every(Number.isFinite) && grouped(theta).every(([w]) => w !== 0) ? theta : undefined
}

/* The points that the bent line of the output joins, between two x. */
export function corners(theta, from, to) {
  const bends = grouped(theta).map(kink).filter(x => x > from && x < to)
  return [from, ...bends.sort((a, b) => a - b), to].map(x => [x, output(theta, x)])
}

/* Random values as `nn.Linear` draws them, of as many neurons; equal seeds draw equal ones. */
export function random(seed, neurons) {
  let state = seed * 0x9e3779b9
  const uniform = bound => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return bound * (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1)
  }
  const bound = 1 / Math.sqrt(neurons)
  return [uniform(bound), ...Array.from({ length: neurons }, () => [uniform(1) || 1, uniform(1), uniform(bound)]).flat()]
}

/* Between two others; what is not a number, after an overflow, counts as 0. */
const within = (low, value, high) => Math.min(high, Math.max(low, value || 0))

/* Lets a pointer pull a circle that may sit at the frame while what it stands for, `real()`, is
   beyond: nothing jumps at first, and an eighth of the panel farther in it is at the pointer. */
function pull(circle, panel, real, move) {
  let from, off
  circle.addEventListener("pointerdown", event => {
    from = panel.back(event)
    off = real().map((value, i) => value - from[i])
  })
  drag(circle, panel, (...at) => {
    const eighths = [panel.ranges.x, panel.ranges.y].map(([low, high]) => (high - low) / 8)
    const way = at.map((value, i) => within(0, ((from[i] - value) * Math.sign(off[i])) / eighths[i], 1))
    move(...at.map((value, i) => value + (1 - way[i]) * off[i]))
  })
}

class HiddenUnits extends Explorable {
  static invite = ["꺾이는 점을 끌거나 슬라이더로 옮긴 다음, 학습시켜 보라.", "Drag a kink or move it by a slider, then train."]

  static state({ start }) {
    return {
      network: { value: write(start), accept: read },
      neuron: { value: 3, options: Array.from({ length: MOST }, (_, j) => j + 1) },
      outside: { value: 0, options: [0, 1] },
      seed: { value: 0, min: 0, max: 999 },
    }
  }

  build(stage) {
    this.sum = new Panel(stage, { x: [-2, 2], y: [-2, 2], labels: ["x", "f(x)"], ticks: 6 })
    this.parts = new Panel(stage, { x: [-2, 2], y: [-9, 9], labels: ["x", say("뉴런마다 더하는 값", "what each neuron adds")], ticks: 6 })
    this.band = [this.sum, this.parts].map(({ plot }) => make("path", { class: "data area" }, plot))
    this.dots = make("path", { class: "data dot" }, this.sum.plot)
    this.truth = make("path", { class: "truth dotted" }, this.sum.plot)
    this.line = make("path", { class: "estimate" }, this.sum.plot)
    this.progress = make("text", { x: 346, y: 20, "text-anchor": "end" }, this.sum.svg)
    this.ramps = Array.from({ length: MOST }, () => make("path", {}, this.parts.plot))
    // A circle on the line moves a kink. The one on a ramp turns it, beyond its kink to the other side.
    this.circles = this.ramps.map((_, j) => {
      const circle = make("circle", { class: "estimate dot" }, this.sum.svg)
      circle.addEventListener("pointerdown", () => this.by({ neuron: j + 1 }))
      pull(circle, this.sum, () => [this.chosen().kink, 0], x => {
        const most = Math.max(this.edge, Math.abs(this.chosen().kink))
        this.by({ neuron: j + 1, kink: within(-most, x, most) })
      })
      return circle
    })
    this.numbers = this.ramps.map((_, j) => [this.sum, this.parts].map(({ svg }) => make("text", { "text-anchor": "middle", text: j + 1 }, svg)))
    this.turn = make("circle", { class: "estimate dot", r: 9 }, this.parts.svg)
    pull(this.turn, this.parts, () => this.turned, (x, y) => {
      const { w, v, kink } = this.chosen()
      const near = Math.abs(x - kink) < 0.1
      const most = Math.max(6, Math.abs(v))
      this.by({ w: near ? w : Math.abs(w) * Math.sign(x - kink), v: within(-most, y / Math.abs(w) / (near ? 0.1 : Math.abs(x - kink)), most) })
    })

    const numbers = this.allowed.neuron.options
    this.select = this.choice("neuron", say("뉴런", "Neuron"), Object.fromEntries(numbers.map(j => [j, j])))
    this.controls.neuron = () => (this.select.value = this.chosen().neuron)
    this.part("kink", say("꺾이는 점 −b/w", "kink −b/w"), { min: -6, max: 6, step: 0.02 })
    this.part("w", say("가중치 w", "weight w"), { min: -4, max: 4, step: 0.02 })
    this.part("v", say("가중치 v", "weight v"), { min: -6, max: 6, step: 0.05 })
    this.part("c", say("출력의 편향 c", "output bias c"), { min: -4, max: 4, step: 0.05 })
    this.part("count", say("뉴런의 수", "neurons"), { min: 1, max: MOST, step: 1, digits: 0 })
    this.trainer = this.button(say("여기서부터 학습", "Train from here"), () => {
      this.run = this.run ? undefined : newRun(this.theta)
      this.train()
      super.change({})
    })
    this.button(say("무작위 값으로", "Random values"), () => this.by({ seed: (this.state.seed + 1) % 1000 }))
    this.view = this.button(say("데이터 밖 보기", "Outside the data"), () => this.by({ outside: 1 - this.state.outside }))
    this.button(say("처음으로", "Start again"), () => this.change(this.start))
  }

  get theta() {
    return read(this.state.network)
  }

  /* The neuron that the sliders show. */
  chosen() {
    const { theta } = this
    const count = grouped(theta).length
    const neuron = Math.min(count, this.state.neuron) // the nearest there is
    const [w, b, v] = grouped(theta)[neuron - 1]
    return { neuron, count, w, b, v, c: theta[0], kink: kink([w, b]) }
  }

  /* A slider for a number that is part of the network. */
  part(name, label, { min, max, ...look }) {
    this.allowed[name] = { min, max }
    this.slider(name, label, look)
    delete this.allowed[name]
    const update = this.controls[name]
    this.controls[name] = () => update(this.chosen()[name])
  }

  change(changes) {
    if ("network" in changes) this.run = this.lost = this.spare = undefined
    super.change(changes)
  }

  by(changes) {
    super.by(changes)
    const { neuron, outside, ...parts } = changes
    // neurons that are taken away come back as they were
    const spare = this.theta.length < this.spare?.length ? this.spare : this.theta
    if (Object.keys(parts).length) this.change(this.changed(parts))
    this.spare = "seed" in parts ? undefined : spare
  }

  /* The network with some of its numbers changed; a w of 0, which has no kink, is passed over. */
  changed({ seed, ...parts }) {
    const now = this.chosen()
    const { kink, w, v, c, count } = { ...now, ...Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, Number(value)])) }
    const slope = w || (now.w > 0 ? -0.02 : 0.02)
    const theta = seed === undefined ? this.theta : random(seed, count)
    if (seed === undefined) theta.splice(3 * now.neuron - 2, 3, slope, -slope * kink, v)
    if (seed === undefined) theta[0] = c
    const fresh = at => [1, (11.5 - at) / 6, 0] // adds nothing yet
    while (theta.length < 3 * count + 1) theta.push(...(this.spare?.[theta.length] ? this.spare.slice(theta.length, theta.length + 3) : fresh(theta.length)))
    return { network: write(theta.slice(0, 3 * count + 1)) }
  }

  /* Trains on, once a frame; at once where nothing should move. */
  train() {
    this.training ??= requestAnimationFrame(() => {
      this.training = undefined
      const { run } = this
      if (!run) return
      const end = still.matches ? STEPS : Math.min(STEPS, run.step + 4)
      while (run.step < end && run.theta.every(Number.isFinite)) adam(run, this.given.points)
      if (!run.theta.every(Number.isFinite)) this.lost = run.step
      if (this.lost || run.step === STEPS) this.run = undefined
      super.change(this.lost ? {} : { network: write(run.theta) })
      this.train()
    })
  }

  /* Both panels as wide as the data, or three times as wide; f as high as said. */
  widen(outside, high) {
    this.edge = outside ? 6 : 2
    this.sum.ranges = { x: [-this.edge, this.edge], y: [-high, high] }
    this.parts.ranges = { x: [-this.edge, this.edge], y: outside ? [-27, 27] : [-9, 9] }
    for (const [i, panel] of [this.sum, this.parts].entries()) {
      panel.drawAxes()
      const [left, right] = [-2, 2].map(x => panel.at(x, 0)[0])
      set(this.band[i], { d: outside ? `M${left} ${panel.box.top}H${right}V${panel.box.bottom}H${left}Z` : "" })
    }
    const dots = this.given.points.map(point => this.sum.at(...point).map(each => each.toFixed(1)))
    set(this.dots, { d: dots.map(([x, y]) => `M${x} ${y}m-1.6 0a1.6 1.6 0 1 0 3.2 0a1.6 1.6 0 1 0-3.2 0`).join("") })
    const wave = Array.from({ length: 121 }, (_, i) => this.edge * (i / 60 - 1))
    set(this.truth, { d: this.sum.path(wave.map(x => [x, Math.sin(2 * x)])) })
    set(this.view, { text: outside ? say("데이터 안만 보기", "Only where data are") : say("데이터 밖 보기", "Outside the data") })
  }

  draw({ outside }) {
    const { theta } = this
    const { neuron, kink: bend } = this.chosen()
    const { loss } = lossAndGradient(theta, this.given.points)
    const high = this.height(theta, outside)
    if (this.edge !== (outside ? 6 : 2) || this.sum.ranges.y[1] !== high) this.widen(outside, high)
    const { edge } = this
    set(this.line, { d: this.sum.path(corners(theta, -edge, edge)) })
    const beyond = { "-1": 0, 1: 0 } // kinks left and right of what is shown
    for (const [j, circle] of this.circles.entries()) {
      const [each, option] = [grouped(theta)[j], this.select.options[j]]
      option.hidden = option.disabled = !each
      for (const mark of [circle, this.ramps[j], ...this.numbers[j]]) set(mark, { display: each ? "inline" : "none" })
      if (!each) continue
      const side = Math.abs(kink(each)) >= edge ? Math.sign(kink(each)) : 0
      const before = side && beyond[side]++
      this.placeKink(j, each, side, before)
      this.placeNumber(j, each, before)
      const chosen = j + 1 === neuron
      set(circle, { r: chosen ? 9 : 6 })
      set(this.ramps[j], { d: this.parts.path(corners([0, ...each], -edge, edge)), class: chosen ? "estimate" : "estimate thin" })
      for (const number of this.numbers[j]) set(number, { class: chosen ? "estimate halo" : "halo" })
    }
    this.placeTurn(grouped(theta)[neuron - 1], bend, edge)
    const steps = this.run ? `k = ${this.run.step}, L = ${show(loss, 3)}` : ""
    set(this.progress, { text: steps })
    set(this.trainer, { text: this.run ? say("멈춤", "Pause") : say("여기서부터 학습", "Train from here") })
    return this.tell(theta, loss, outside)
  }

  /* Doubled until every kink in sight is in sight in its height, too. */
  height(theta, outside) {
    const [edge, low] = outside ? [6, 9] : [2, 2]
    const heights = grouped(theta).map(kink).filter(x => Math.abs(x) <= edge).map(x => Math.abs(output(theta, x)))
    const reach = Math.max(low, ...heights.filter(each => each < 1e6))
    return low * 2 ** Math.ceil(Math.log2(reach / low))
  }

  /* The circle on f and its number. Where the kink is beyond the frame, it waits where f leaves
     the frame, apart from those that wait already, and an arrow says on which side the kink is. */
  placeKink(j, each, side, before) {
    const { top, bottom } = this.sum.box
    const x = within(-this.edge, kink(each), this.edge)
    const [cx, height] = this.sum.at(x, output(this.theta, x))
    const exit = within(top, height, bottom)
    const cy = exit + ((bottom - top) / 14) * (exit < (top + bottom) / 2 ? before : -before)
    set(this.circles[j], { cx, cy })
    const text = ["← " + (j + 1), j + 1, j + 1 + " →"][side + 1]
    set(this.numbers[j][0], { text, ...(side ? { x: cx - 26 * side, y: cy + 4 } : { x: cx, y: cy + (cy < top + 24 ? 22 : -12) }) })
  }

  /* The number of a ramp, at its kink, on the side that it does not turn to. */
  placeNumber(j, each, before) {
    const rim = (0.96 - 0.06 * before) * this.edge
    const at = within(-rim, kink(each), rim)
    const { top, bottom } = this.parts.box
    const [x, y] = this.parts.at(at, ramp(each, at))
    set(this.numbers[j][1], { x, y: within(top + 12, y + (each[2] > 0 ? 16 : -7), bottom - 4) })
  }

  /* The circle on the chosen ramp: a unit beyond its kink, or nearer where that is out of sight. */
  placeTurn([w, b, v], bend, edge) {
    const rim = 0.96 * edge
    const [low, high] = w > 0 ? [Math.max(-rim, bend), rim] : [-rim, Math.min(rim, bend)]
    const far = Math.min(1, (0.85 * this.parts.ranges.y[1]) / Math.abs(w * v))
    const x = within(-rim, within(low, bend + Math.sign(w) * far, high), rim)
    const beyond = Math.sign(w) * (x - bend)
    this.turned = [x, beyond < 0 ? 0 : v * Math.abs(w) * Math.max(0.1, beyond)]
    const { top, bottom } = this.parts.box
    const [cx, cy] = this.parts.at(x, ramp([w, b, v], x))
    set(this.turn, { cx, cy: within(top, cy, bottom) })
  }

  tell(theta, loss, outside) {
    const { neuron, count } = this.chosen()
    const bends = grouped(theta).map((each, j) => [kink(each), j + 1]).sort(([a], [b]) => a - b)
    const listed = bends.map(([x, number]) => `${show(x)} (${number})`).join(", ")
    const [left, right] = endSlopes(theta).map(each => show(each))
    const far = [-6, 6].map(x => show(output(theta, x)))
    // one at a time: on a phone, what is below the summary stays where it is
    const last =
      (this.lost && say(`학습 ${this.lost}스텝에서 숫자가 너무 커져 멈췄다.`, `Training stopped at step ${this.lost}: the numbers got too large.`)) ||
      (outside && `f(−6) = ${far[0]}, f(6) = ${far[1]}.`) ||
      say(`꺾이는 점들 바깥의 기울기: 왼쪽 ${left}, 오른쪽 ${right}.`, `Slope beyond them: ${left} on the left, ${right} on the right.`)
    return [
      say(`뉴런 ${count}개 가운데 ${neuron}번을 골랐다.`, `Neuron ${neuron} of ${count} is chosen.`),
      say(`평균제곱오차 ${show(loss, 3)}.`, `Mean squared error ${show(loss, 3)}.`),
      say(`꺾이는 점(뉴런 번호): ${listed}.`, `Kinks (and their neurons): ${listed}.`),
      last,
    ].join(" ")
  }
}

customElements.define("theta-hidden-units", HiddenUnits)
