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

class HiddenUnits extends Explorable {
  static invite = ["점이나 슬라이더로 꺾이는 곳을 옮기거나, 학습시켜 보라.", "Move a bend by its dot or a slider, or train."]

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
      const circle = make("circle", { class: "estimate dot" }, this.sum.plot)
      circle.addEventListener("pointerdown", () => this.by({ neuron: j + 1 }))
      drag(circle, this.sum, x => this.by({ neuron: j + 1, kink: Math.min(this.edge, Math.max(-this.edge, x)) }))
      return circle
    })
    this.numbers = this.ramps.map((_, j) => make("text", { class: "halo", "text-anchor": "middle", text: j + 1 }, this.sum.plot))
    this.turn = make("circle", { class: "estimate dot", r: 9 }, this.parts.plot)
    drag(this.turn, this.parts, (x, y) => {
      const { w, kink } = this.chosen()
      const v = y / Math.abs(w) / Math.max(0.1, Math.abs(x - kink))
      this.by({ w: Math.abs(w) * (x < kink ? -1 : 1), v: Math.min(6, Math.max(-6, v)) })
    })

    const numbers = this.allowed.neuron.options
    this.select = this.choice("neuron", say("뉴런", "Neuron"), Object.fromEntries(numbers.map(j => [j, j])))
    this.controls.neuron = () => (this.select.value = this.chosen().neuron)
    this.part("kink", say("꺾이는 점 −b/w", "kink −b/w"), { min: -6, max: 6, step: 0.02 })
    this.part("w", say("가중치 w", "weight w"), { min: -4, max: 4, step: 0.1 })
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
    const neuron = Math.min(count, this.state.neuron)
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
    if ("network" in changes) this.run = this.lost = undefined
    super.change(changes)
  }

  by(changes) {
    super.by(changes)
    const { neuron, outside, ...parts } = changes
    if (Object.keys(parts).length) this.change(this.changed(parts))
  }

  /* The network with some of its numbers changed; a w of 0, which has no kink, is passed over. */
  changed({ seed, ...parts }) {
    const now = this.chosen()
    const { kink, w, v, c, count } = { ...now, ...Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, Number(value)])) }
    const slope = w || (now.w > 0 ? -0.1 : 0.1)
    const theta = seed === undefined ? this.theta : random(seed, count)
    if (seed === undefined) theta.splice(3 * now.neuron - 2, 3, slope, -slope * kink, v)
    if (seed === undefined) theta[0] = c
    while (theta.length < 3 * count + 1) theta.push(1, (11.5 - theta.length) / 6, 0) // adds nothing yet
    return { network: write(theta.slice(0, 3 * count + 1)), ...(count > now.count && { neuron: count }) }
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

  /* Both panels as wide as the data, or three times as wide. */
  widen(outside) {
    this.edge = outside ? 6 : 2
    this.sum.ranges = { x: [-this.edge, this.edge], y: outside ? [-9, 9] : [-2, 2] }
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
    if (this.edge !== (outside ? 6 : 2)) this.widen(outside)
    const { theta, edge } = this
    const { neuron, count, w, kink: bend } = this.chosen()
    const { loss } = lossAndGradient(theta, this.given.points)
    set(this.line, { d: this.sum.path(corners(theta, -edge, edge)) })
    for (const [j, circle] of this.circles.entries()) {
      const [each, option] = [grouped(theta)[j], this.select.options[j]]
      option.hidden = option.disabled = !each
      const x = each ? kink(each) : NaN
      const [cx, cy] = this.sum.at(x, output(theta, x))
      const seen = Math.abs(x) <= edge && Number.isFinite(cy)
      set(circle, { display: seen ? "inline" : "none", r: j + 1 === neuron ? 9 : 6, ...(seen && { cx, cy }) })
      set(this.numbers[j], { display: seen ? "inline" : "none", ...(seen && { x: cx, y: cy - 12 }) })
      const d = each ? this.parts.path(corners([0, ...each], -edge, edge)) : ""
      set(this.ramps[j], { d, class: j + 1 === neuron ? "estimate" : "estimate thin" })
    }
    this.placeTurn(grouped(theta)[neuron - 1], bend, edge)
    const steps = this.run ? `k = ${this.run.step}, L = ${show(loss, 3)}` : ""
    set(this.progress, { text: steps })
    set(this.trainer, { text: this.run ? say("멈추기", "Pause") : say("여기서부터 학습", "Train from here") })
    return this.tell(theta, loss, outside)
  }

  /* The circle on the chosen ramp: a unit beyond its kink, or nearer where that is out of sight. */
  placeTurn([w, b, v], bend, edge) {
    const rim = 0.96 * edge
    const [low, high] = w > 0 ? [Math.max(-rim, bend), rim] : [-rim, Math.min(rim, bend)]
    const far = Math.min(1, (0.85 * this.parts.ranges.y[1]) / Math.abs(w * v))
    const x = Math.min(high, Math.max(low, bend + Math.sign(w) * far))
    const [cx, cy] = this.parts.at(x, ramp([w, b, v], x))
    const seen = high - low > 0.1 && Number.isFinite(cy)
    set(this.turn, { display: seen ? "inline" : "none", ...(seen && { cx, cy }) })
  }

  tell(theta, loss, outside) {
    const bends = grouped(theta).map(kink).sort((a, b) => a - b).map(each => show(each)).join(", ")
    const [left, right] = endSlopes(theta).map(each => show(each))
    const far = [-6, 6].map(x => show(output(theta, x)))
    const said = [
      this.lost && say(`학습 ${this.lost}스텝째에 유한하지 않은 수가 나와 멈추었다.`, `Training stopped at step ${this.lost}: its numbers were no longer finite.`),
      say(`뉴런 ${grouped(theta).length}개, 평균제곱오차 ${show(loss, 3)}.`, `Neurons: ${grouped(theta).length}, mean squared error ${show(loss, 3)}.`),
      say(`꺾이는 점 ${bends}.`, `Kinks at ${bends}.`),
      say(`이 점들의 왼쪽 밖에서 기울기 ${left}, 오른쪽 밖에서 ${right}.`, `Slope ${left} left of them all, ${right} right of them all.`),
      outside && say(`x = −6에서 ${far[0]}, 6에서 ${far[1]}을 예측한다.`, `It predicts ${far[0]} at x = −6 and ${far[1]} at 6.`),
    ]
    return said.filter(Boolean).join(" ")
  }
}

customElements.define("theta-hidden-units", HiddenUnits)
