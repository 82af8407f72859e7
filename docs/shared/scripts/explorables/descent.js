/* Gradient descent on the loss of a line: its path on the level lines, its loss by step. */
import { Explorable, Panel, arrow, drag, make, press, say, set, show, still } from "./base.js"

const WINDOW = [[-14, 12], [-3, 15]]
const MOST = 500
const upward = ([a, b]) => (b < 0 ? [-a, -b] : [a, b])

/* The mean squared error of lines for x + shift, from the means of x, y, x², xy, y². */
export function bowl(means, shift = 0) {
  const x = means.x + shift
  const xx = means.xx + 2 * shift * means.x + shift ** 2
  const xy = means.xy + shift * means.y
  const spread = means.xx - means.x ** 2
  const slope = (means.xy - means.x * means.y) / spread
  // H = 2 [[1, x], [x, xx]]
  const middle = 1 + xx
  const reach = Math.hypot(1 - xx, 2 * x)
  const angle = Math.atan2(2 * x, 1 - xx) / 2
  return {
    x, xx, spread, pull: [means.y, xy],
    best: [means.y - slope * x, slope],
    smallest: means.yy - means.y ** 2 - slope ** 2 * spread,
    values: [middle - reach, middle + reach],
    vectors: [upward([-Math.sin(angle), Math.cos(angle)]), upward([Math.cos(angle), Math.sin(angle)])],
  }
}

export function gradient({ x, xx, pull }, [intercept, slope]) {
  return [2 * (intercept + x * slope - pull[0]), 2 * (x * intercept + xx * slope - pull[1])]
}

/* How much the loss is above its smallest. */
export function above({ x, spread, best }, [intercept, slope]) {
  const [a, b] = [intercept - best[0], slope - best[1]]
  return (a + x * b) ** 2 + spread * b ** 2
}

/* θ after 0, 1, … steps, as torch.optim.SGD takes them. */
export function descend(bowl, start, eta, momentum, steps) {
  const path = [start]
  let sum = [0, 0]
  for (let k = 0; k < steps; k++) {
    const slopes = gradient(bowl, path[k])
    sum = sum.map((each, i) => momentum * each + slopes[i])
    path.push(path[k].map((each, i) => each - eta * sum[i]))
  }
  return path
}

/* The learning rate from which on it diverges. */
export const limit = ({ values }, momentum = 0) => (2 * (1 + momentum)) / values[1]

/* What a step multiplies the error by, after many steps. */
export function factor({ values }, eta, momentum = 0) {
  const roots = values.map(value => {
    // z² − middle z + momentum = 0
    const middle = 1 + momentum - eta * value
    const under = middle ** 2 - 4 * momentum
    return under > 0 ? (Math.abs(middle) + Math.sqrt(under)) / 2 : Math.sqrt(momentum)
  })
  return Math.max(...roots)
}

/* The ellipse on which the loss is `height` above its smallest. */
export function levelLine({ best, values, vectors }, height) {
  const [flat, steep] = values.map(value => Math.sqrt((2 * height) / value))
  return Array.from({ length: 91 }, (_, i) => {
    const [along, across] = [flat * Math.cos((i * Math.PI) / 45), steep * Math.sin((i * Math.PI) / 45)]
    return best.map((each, j) => each + along * vectors[0][j] + across * vectors[1][j])
  })
}

/* A path up to where it is farther than `reach` from `center`, which it keeps the way to. */
export function cut(path, center, reach) {
  const far = ([a, b]) => !(Math.hypot(a - center[0], b - center[1]) <= reach)
  const end = path.findIndex(far)
  if (end === -1) return path
  const kept = path.slice(0, end)
  if (end > 0) {
    const [from, to] = [path[end - 1], path[end]]
    const way = Math.hypot(to[0] - from[0], to[1] - from[1])
    if (Number.isFinite(way)) kept.push(from.map((each, i) => each + (to[i] - each) * Math.min(1, (2 * reach) / way)))
  }
  return kept
}

class Descent extends Explorable {
  static invite = ["지도를 누르거나 슬라이더를 움직여 출발점과 학습률을 바꾸어 보라.", "Press the map or use the sliders: another start, another rate."]

  static state({ start, eta, steps }) {
    const [[left, right], [bottom, top]] = WINDOW
    return {
      eta: { value: eta, min: 0.001, max: 2 },
      momentum: { value: 0, min: 0, max: 0.99 },
      theta0: { value: start[0], min: left, max: right },
      theta1: { value: start[1], min: bottom, max: top },
      steps: { value: steps, min: 0, max: MOST },
      x: { value: "added", options: ["added", "plain", "centered"] },
    }
  }

  build(stage) {
    const { means, shift, levels } = this.given
    this.bowls = { added: bowl(means, shift), plain: bowl(means), centered: bowl(means, -means.x) }
    this.map = new Panel(stage, { x: WINDOW[0], y: WINDOW[1], labels: ["θ₀", "θ₁"] })
    this.levels = levels.map(() => make("path", { class: "data thin" }, this.map.plot))
    this.arrows = ["v₁", "v₂"].map(text => [
      make("path", { class: "truth" }, this.map.plot),
      make("text", { class: "truth", "text-anchor": "middle", text }, this.map.plot),
    ])
    this.way = make("path", {}, this.map.plot)
    this.beads = make("path", {}, this.map.plot)
    this.star = make("text", { class: "estimate mark", "text-anchor": "middle", text: "★" }, this.map.plot)
    this.from = make("circle", { class: "data dot", r: 8 }, this.map.plot)
    this.now = make("circle", { r: 6 }, this.map.plot)
    const tenth = number => Math.round(number * 10) / 10
    const start = (x, y) => this.by({ theta0: tenth(x), theta1: tenth(y) })
    drag(this.from, this.map, start)
    press(this.map, start)

    this.losses = new Panel(stage, { x: [0, 10], y: [-2, 3], labels: ["k", ""], log: true })
    const { left, right, bottom } = this.losses.box
    this.floor = make("path", { class: "data dotted" }, this.losses.plot)
    this.smallest = make("text", { class: "data", x: right - 4, "text-anchor": "end", text: "L(θ̂)" }, this.losses.plot)
    this.excess = make("path", {}, this.losses.plot)
    this.curve = make("path", {}, this.losses.plot)
    this.live = make("text", { x: right, y: bottom + 30, "text-anchor": "end" }, this.losses.svg)
    make("text", { x: left + 8, y: bottom - 22, text: say("― 손실 L", "― loss L") }, this.losses.svg)
    make("text", { x: left + 8, y: bottom - 7, text: "┄ L − L(θ̂)" }, this.losses.svg)

    this.rate = this.slider("eta", "", { step: 0.002, digits: 4, log: true, typed: say("학습률 η의 값", "value of the learning rate η") })
    this.rate.parentElement.classList.add("wide")
    this.limit = make("span", { class: "limit" }, this.rate.parentElement)
    this.slider("momentum", say("모멘텀", "momentum"))
    this.slider("theta0", say("출발점 θ₀", "start θ₀"), { step: 0.1, digits: 1 })
    this.slider("theta1", say("출발점 θ₁", "start θ₁"), { step: 0.1, digits: 1 })
    this.slider("steps", say("스텝 수", "steps"), { step: 1, digits: 0 })
    this.choice("x", say("입력", "input"), {
      added: say(`x + ${shift}, 평균 ${show(means.x + shift)}`, `x + ${shift}, not centered`),
      plain: say(`x, 평균 ${show(means.x)}`, "x as it is"),
      centered: say("x − x̄, 평균 0", "x − x̄, centered"),
    })
    this.button(say("한 스텝", "Step"), () => this.change({ steps: this.state.steps + 1 }))
    this.player = this.button("", () => this.play())
    this.button(say("0스텝으로", "To step 0"), () => this.change({ steps: 0 }))
    this.button(say("처음으로", "Start again"), () => {
      this.pause()
      this.change(this.start)
    })
  }

  /* Until a click, the last step, or overflow: the first steps slow enough to follow. Without
     motion, ten steps at once. */
  play() {
    if (this.timer) return this.pause()
    if (this.state.steps >= MOST || this.overflown) this.change({ steps: 0 })
    if (still.matches) return this.change({ steps: this.state.steps + 10 })
    this.overflown = false
    this.onward(12)
    this.change({})
  }

  onward(slow) {
    this.timer = setTimeout(
      () => {
        if (this.state.steps >= MOST || this.overflown) return this.pause()
        this.change({ steps: this.state.steps + 1 })
        this.onward(slow - 1)
      },
      slow > 0 ? 250 : 100,
    )
  }

  pause() {
    clearTimeout(this.timer)
    this.timer = undefined
    this.change({})
  }

  draw({ eta, momentum, theta0, theta1, steps: given, x }) {
    const steps = Math.round(given)
    const bowl = this.bowls[x]
    const { best, smallest, values, vectors } = bowl
    const path = descend(bowl, [theta0, theta1], eta, momentum, steps)
    const excess = path.map(theta => above(bowl, theta))
    const [theta, loss] = [path.at(-1), smallest + excess.at(-1)]
    const most = limit(bowl, momentum)
    const side = Math.abs(eta / most - 1) < 1e-9 ? 0 : Math.sign(eta - most)
    this.overflown = !Number.isFinite(loss)
    const kind = side > 0 ? "error" : "estimate"

    this.levels.forEach((line, i) => set(line, { d: this.map.path(levelLine(bowl, this.given.levels[i])) }))
    this.arrows.forEach(([line, name], i) => {
      const length = Math.sqrt((2 * this.given.levels[1]) / values[i])
      const place = far => this.map.at(...best.map((each, j) => each + far * vectors[i][j]))
      const [nx, ny] = place(length + 0.9)
      set(line, { d: arrow(place(0), place(length)) })
      set(name, { x: nx, y: ny + 4 })
    })
    const seen = cut(path, best, 400)
    set(this.way, { class: `${kind} thin`, d: this.map.path(seen) })
    set(this.beads, { class: `${kind} beads`, d: seen.map(each => `${this.map.path([each])}h0`).join("") })
    const whole = seen === path
    for (const [shape, at] of [[this.from, path[0]], [this.now, whole ? theta : path[0]]]) {
      const [cx, cy] = this.map.at(...at)
      set(shape, { cx, cy })
    }
    set(this.now, { class: `${kind} dot`, visibility: whole ? "visible" : "hidden" })
    const [sx, sy] = this.map.at(...best)
    set(this.star, { x: sx, y: sy + 5 })

    const logs = excess.map(each => Math.log10(smallest + each))
    const top = Math.min(9, Math.max(3, ...logs.filter(Number.isFinite).map(Math.ceil)))
    const last = [10, 20, 50, 100, 200, MOST].find(each => each >= steps)
    if (this.losses.ranges.x[1] !== last || this.losses.ranges.y[1] !== top) {
      this.losses.ranges = { x: [0, last], y: [-2, top] }
      this.losses.drawAxes()
    }
    set(this.smallest, { y: this.losses.at(0, Math.log10(smallest))[1] + 13 })
    set(this.floor, { d: this.losses.path([0, last].map(k => [k, Math.log10(smallest)])) })
    set(this.curve, { class: kind, d: this.losses.path(logs.map((each, k) => [k, each])) })
    set(this.excess, { class: `${kind} dotted`, d: this.losses.path(excess.map((each, k) => [k, Math.log10(each)])) })
    set(this.live, { text: `k = ${steps}, L = ${show(loss, 3)}` })

    const bound = show(most, 4)
    const label = say(`학습률 η (한계 ${bound})`, `learning rate η (limit ${bound})`)
    set(this.rate.previousElementSibling, { text: label })
    const { min, max } = this.rate
    this.limit.style.setProperty("--at", (Math.log10(most) - min) / (max - min))
    set(this.player, { text: this.timer ? say("멈춤", "Pause") : still.matches ? say("열 스텝", "Ten steps") : say("재생", "Play") })
    return this.tell({ side, most, theta, steps, losses: [loss, smallest].map(each => show(each, 3)) })
  }

  tell({ side, most, theta, steps, losses }) {
    const { eta, momentum, x } = this.state
    const rate = factor(this.bowls[x], eta, momentum)
    // as many digits as tell it from 1
    const times = show(rate, Math.min(12, Math.max(4, 1 - Math.floor(Math.log10(Math.abs(rate - 1))))))
    const digits = [4, 5, 6, 7, 8].find(each => show(eta, each) !== show(most, each)) ?? 4
    const [bound, plain] = [show(most, digits), `2/λmax = ${show(limit(this.bowls[x]), digits)}`]
    const where = `(${show(theta[0])}, ${show(theta[1])})`
    if (say(true, false)) {
      const limits = momentum ? `${bound}(모멘텀이 없으면 ${plain})` : plain
      const fate = [
        `한계보다 작아 수렴하고, 길게 보면 오차가 스텝마다 ${times}배로 줄어든다`,
        "한계와 같아 수렴하지도 발산하지도 않는다",
        `한계보다 커서 발산하고, 길게 보면 오차가 스텝마다 ${times}배로 커진다`,
      ][side + 1]
      const end = this.overflown ? ". 수가 너무 커져 더는 나타낼 수 없다." : `(최솟값 ${losses[1]}).`
      return `학습률 η = ${show(eta, digits)}, 한계 ${limits}. η가 ${fate}. ${steps}스텝 뒤 θ = ${where}, 손실 ${losses[0]}${end}`
    }
    const limits = momentum ? `${bound} (${plain}, raised by momentum ${show(momentum)})` : plain
    const fate = [
      `it converges, and in the long run each step multiplies the error by ${times}`,
      "it neither converges nor diverges",
      `it diverges, and in the long run each step multiplies the error by ${times}`,
    ][side + 1]
    const end = this.overflown ? ". The numbers have become too large to store." : ` (smallest ${losses[1]}).`
    return `Learning rate ${show(eta, digits)}, ${["below", "at", "above"][side + 1]} the limit ${limits}: ${fate}. After ${steps} ${steps === 1 ? "step" : "steps"} θ is ${where} and the loss ${losses[0]}${end}`
  }
}

customElements.define("theta-descent", Descent)
