/* A line through points, its residuals as squares, and its θ on the map of the loss. */
import { Explorable, Panel, arrow, drag, make, press, say, set, show } from "./base.js"

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
    // Dragging the middle moves the line up and down, dragging its end turns it. While one is
    // held, both stay at the x they had: the line then follows the pointer without a jump.
    this.handles = [0, 1].map(() => make("circle", { class: "estimate dot", r: 9 }, this.data.svg))
    for (const each of this.handles) each.addEventListener("pointerdown", () => (this.held = this.grips(this.state)))
    drag(this.handles[0], this.data, (_, y) => this.by({ intercept: y - this.held[0] * this.state.slope }))
    drag(this.handles[1], this.data, (_, y) => {
      const [middle, end] = this.held
      const height = this.state.intercept + middle * this.state.slope
      // within what both sliders allow
      const slope = Math.min(6, (height + 5) / middle, Math.max(-1, (height - 9) / middle, (y - height) / (end - middle)))
      this.by({ slope, intercept: height - middle * slope })
    })

    this.map = new Panel(stage, { x: [-5, 9], y: [-1, 6], labels: ["θ₀", "θ₁"] })
    for (const level of levels) make("path", { class: "data thin", d: this.map.path(levelLine(points, level)) }, this.map.plot)
    for (const [theta, mark] of tried.map((theta, i) => [theta, "■▲"[i]])) this.mark(mark, theta, "data")
    this.mark("★", this.best, "estimate")
    this.downhill = make("path", { class: "error" }, this.map.plot)
    this.point = make("circle", { class: "estimate dot", r: 9 }, this.map.svg)
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

  /* The x of both handles: 2 and 4 or, where the line has left the frame there, as near as it
     is in sight. They are never so close that one covers the other. */
  grips({ intercept, slope }) {
    const [low, high] = this.data.ranges.y
    const ends = slope ? [low, high].map(y => (y - intercept) / slope).sort((a, b) => a - b) : [0, 4]
    const left = Math.min(3, Math.max(0, ends[0]))
    const right = Math.min(4, Math.max(left + 1, ends[1]))
    return [Math.max(left, Math.min(2, (left + right) / 2)), right]
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
    const [low, high] = this.data.ranges.y
    this.grips({ intercept, slope }).forEach((x, i) => {
      const y = intercept + slope * x
      const [cx, cy] = this.data.at(x, Math.min(high, Math.max(low, y)))
      set(this.handles[i], { cx, cy, "fill-opacity": y < low || y > high ? 0.4 : 1 }) // pale: not on the line
    })
    points.forEach(([x, y], i) => {
      const [left, top] = this.data.at(x, y)
      const bottom = this.data.at(x, intercept + slope * x)[1]
      const side = Math.abs(bottom - top) * (x < 2 ? 1 : -1) // toward the middle, where there is room
      set(this.squares[i], { d: `M${left} ${top}V${bottom}h${side}V${top}Z` })
    })
    const [cx, cy] = this.map.at(...theta)
    set(this.point, { cx, cy })
    // an arrow against the gradient, a tenth of it long or, if its dot would hide that, longer
    const [x, y] = this.map.at(intercept - gradient[0] / 10, slope - gradient[1] / 10)
    const way = Math.max(1, 22 / Math.hypot(x - cx, y - cy))
    const uphill = Math.hypot(...gradient) > 0.005 // else it reads (0.00, 0.00)
    set(this.downhill, { d: uphill ? arrow([cx, cy], [cx + way * (x - cx), cy + way * (y - cy)]) : "" })
    const numbers = [loss, ...gradient].map(each => show(each))
    const line = `ŷ = ${show(intercept)} ${slope < 0 ? "−" : "+"} ${show(Math.abs(slope))}x`
    return say(
      `직선 ${line}, 평균제곱오차 ${numbers[0]}, 변화도 (${numbers[1]}, ${numbers[2]}).${uphill ? " 빨간 화살표는 변화도의 반대쪽을 가리킨다." : ""}`,
      `Line ${line}, mean squared error ${numbers[0]}, gradient (${numbers[1]}, ${numbers[2]}).${uphill ? " The red arrow points against the gradient." : ""}`,
    )
  }
}

customElements.define("theta-fit-line", FitLine)
