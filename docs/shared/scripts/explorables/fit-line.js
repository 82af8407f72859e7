/* A line through points, its residuals as squares, and its θ on the map of the loss. */
import { Explorable, Panel, drag, make, press, say, set, show } from "./base.js"

/* Mean squared error of θ = [intercept, slope] and its gradient, for points [x, y]. */
export function lossAndGradient([intercept, slope], points) {
  let loss = 0
  const gradient = [0, 0]
  for (const [x, y] of points) {
    const residual = y - intercept - slope * x
    loss += residual ** 2 / points.length
    gradient[0] -= (2 * residual) / points.length
    gradient[1] -= (2 * residual * x) / points.length
  }
  return { loss, gradient }
}

/* θ of the smallest mean squared error. */
export function leastSquares(points) {
  const mean = which => points.reduce((sum, point) => sum + point[which], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  let [xy, xx] = [0, 0]
  for (const point of points) {
    xy += (point[0] - x) * (point[1] - y)
    xx += (point[0] - x) ** 2
  }
  return [y - (xy / xx) * x, xy / xx]
}

/* The level line of the loss, an ellipse around the smallest, as points [intercept, slope]. */
export function levelLine(points, level) {
  const best = leastSquares(points)
  const above = level - lossAndGradient(best, points).loss
  const mean = points.reduce((sum, [x]) => sum + x, 0) / points.length
  const variance = points.reduce((sum, [x]) => sum + (x - mean) ** 2, 0) / points.length
  // above = (δ₀ + δ₁ mean)² + variance δ₁²
  return Array.from({ length: 91 }, (_, i) => {
    const angle = (i * Math.PI) / 45
    const slope = Math.sqrt(above / variance) * Math.sin(angle)
    return [best[0] + Math.sqrt(above) * Math.cos(angle) - slope * mean, best[1] + slope]
  })
}

class FitLine extends Explorable {
  static invite = ["주황색 점이나 슬라이더를 움직이거나 지도를 눌러 보라.", "Move an orange dot or a slider, or press the map."]

  static state({ start }) {
    return {
      intercept: { value: start[0], min: -5, max: 9 },
      slope: { value: start[1], min: -1, max: 6 },
    }
  }

  build(stage) {
    const { points, levels, tried } = this.given
    this.best = leastSquares(points)
    this.data = new Panel(stage, { x: [-0.4, 4.4], y: [0, 14], labels: ["x", "y"] })
    this.squares = points.map(() => make("path", { class: "error area" }, this.data.plot))
    for (const theta of tried) make("path", { class: "data dotted", d: this.line(theta) }, this.data.plot)
    this.drawn = make("path", { class: "estimate" }, this.data.plot)
    for (const [x, y] of points) {
      const [cx, cy] = this.data.at(x, y)
      make("circle", { class: "data dot", cx, cy, r: 5 }, this.data.plot)
    }
    // Dragging the middle moves the line up and down, dragging its end turns it.
    this.middle = make("circle", { class: "estimate dot", r: 9 }, this.data.plot)
    this.end = make("circle", { class: "estimate dot", r: 9 }, this.data.plot)
    drag(this.middle, this.data, (_, y) => this.by({ intercept: y - 2 * this.state.slope }))
    drag(this.end, this.data, (_, y) => {
      const middle = this.state.intercept + 2 * this.state.slope
      // within what both sliders allow
      const slope = Math.min(6, (middle + 5) / 2, Math.max(-1, (middle - 9) / 2, (y - middle) / 2))
      this.by({ slope, intercept: middle - 2 * slope })
    })

    this.map = new Panel(stage, { x: [-5, 9], y: [-1, 6], labels: ["θ₀", "θ₁"] })
    for (const level of levels) make("path", { class: "data thin", d: this.map.path(levelLine(points, level)) }, this.map.plot)
    for (const [theta, mark] of tried.map((theta, i) => [theta, "■▲"[i]])) this.mark(mark, theta, "data")
    this.mark("★", this.best, "estimate")
    this.downhill = make("path", { class: "error" }, this.map.plot)
    this.point = make("circle", { class: "estimate dot", r: 9 }, this.map.plot)
    const move = (intercept, slope) => this.by({ intercept, slope })
    drag(this.point, this.map, move)
    press(this.map, move)

    this.slider("intercept", say("절편 θ₀", "intercept θ₀"))
    this.slider("slope", say("기울기 θ₁", "slope θ₁"))
    this.button(say("최소제곱 직선으로", "Snap to least squares"), () => this.change({ intercept: this.best[0], slope: this.best[1] }))
    this.button(say("처음으로", "Start again"), () => this.change(this.start))
  }

  line([intercept, slope]) {
    return this.data.path([-0.4, 4.4].map(x => [x, intercept + slope * x]))
  }

  mark(text, theta, kind) {
    const [x, y] = this.map.at(...theta)
    make("text", { class: `${kind} mark`, x, y: y + 5, "text-anchor": "middle", text }, this.map.plot)
  }

  draw({ intercept, slope }) {
    const { points } = this.given
    const theta = [intercept, slope]
    const { loss, gradient } = lossAndGradient(theta, points)
    set(this.drawn, { d: this.line(theta) })
    for (const [circle, x] of [[this.middle, 2], [this.end, 4]]) {
      const [cx, cy] = this.data.at(x, intercept + slope * x)
      set(circle, { cx, cy })
    }
    points.forEach(([x, y], i) => {
      const [left, top] = this.data.at(x, y)
      const bottom = this.data.at(x, intercept + slope * x)[1]
      set(this.squares[i], { d: `M${left} ${top}V${bottom}h${bottom - top}V${top}Z` })
    })
    const [cx, cy] = this.map.at(...theta)
    set(this.point, { cx, cy })
    // an arrow against the gradient, a tenth of it long
    const [x, y] = this.map.at(intercept - gradient[0] / 10, slope - gradient[1] / 10)
    const angle = Math.atan2(cy - y, cx - x)
    const [one, other] = [angle - 0.4, angle + 0.4].map(each => `${x + 9 * Math.cos(each)} ${y + 9 * Math.sin(each)}`)
    const long = Math.hypot(cx - x, cy - y) > 12 // leaves its dot
    set(this.downhill, { d: long ? `M${cx} ${cy}L${x} ${y}M${one}L${x} ${y}L${other}` : "" })
    const numbers = [loss, ...gradient].map(each => show(each))
    const line = `ŷ = ${show(intercept)} ${slope < 0 ? "−" : "+"} ${show(Math.abs(slope))}x`
    return say(
      `직선 ${line}, 평균제곱오차 ${numbers[0]}, 변화도 (${numbers[1]}, ${numbers[2]}).${long ? " 빨간 화살표는 변화도의 반대쪽을 가리킨다." : ""}`,
      `Line ${line}, mean squared error ${numbers[0]}, gradient (${numbers[1]}, ${numbers[2]}).${long ? " The red arrow points against the gradient." : ""}`,
    )
  }
}

customElements.define("theta-fit-line", FitLine)
