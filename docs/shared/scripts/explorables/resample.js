/* New datasets with the same x: the cloud of their θ̂, and the intervals of their slope. */
import { Explorable, Panel, make, say, set, show } from "./base.js"

const MOST = 200 // points of a dataset

/* Standard normal noise of dataset number `dataset`, the same for the same seed. A larger
   dataset begins with the noise of a smaller one. (splitmix32, then Box and Muller) */
export function normals(seed, dataset, n) {
  const uniform = place => {
    let bits = (seed + Math.imul(dataset * MOST + place, 0x9e3779b9)) | 0
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
    return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32
  }
  const noise = []
  for (let i = 0; i < n; i += 2) {
    const size = Math.sqrt(-2 * Math.log(1 - uniform(i)))
    const angle = 2 * Math.PI * uniform(i + 1)
    noise.push(size * Math.cos(angle))
    if (i + 1 < n) noise.push(size * Math.sin(angle))
  }
  return noise
}

const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length
const squares = (values, middle) => values.reduce((sum, value) => sum + (value - middle) ** 2, 0)

/* Standard deviations of θ̂ = [intercept, slope] at these x, with that of the noise. */
export function standardErrors(x, sigma) {
  const middle = mean(x)
  const spread = squares(x, middle)
  return [sigma * Math.sqrt(1 / x.length + middle ** 2 / spread), sigma / Math.sqrt(spread)]
}

/* Least squares: θ̂ = [intercept, slope] and its standard errors. */
export function fit(x, y) {
  const [xMean, yMean] = [mean(x), mean(y)]
  let products = 0
  for (let i = 0; i < x.length; i++) products += (x[i] - xMean) * (y[i] - yMean)
  const slope = products / squares(x, xMean)
  const theta = [yMean - slope * xMean, slope]
  let residuals = 0
  for (let i = 0; i < x.length; i++) residuals += (y[i] - theta[0] - slope * x[i]) ** 2
  return { theta, errors: standardErrors(x, Math.sqrt(residuals / (x.length - 2))) }
}

/* The probability that |t| < √degrees tan(angle), a finite sum for whole degrees of freedom. */
function within(angle, degrees) {
  const odd = degrees % 2
  let [sum, term] = [0, odd ? Math.cos(angle) : 1]
  for (let k = odd; k <= degrees - 2; k += 2) {
    sum += term
    term *= ((k + 1) / (k + 2)) * Math.cos(angle) ** 2
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum
}

/* How many standard errors a 95 % interval reaches to either side. */
export function quantile(degrees) {
  let [low, high] = [0, Math.PI / 2]
  for (let halved = 0; halved < 60; halved++) {
    const middle = (low + high) / 2
    if (within(middle, degrees) < 0.95) low = middle
    else high = middle
  }
  return Math.sqrt(degrees) * Math.tan(low)
}

/* The 95 % interval of each parameter of a fit to n points. */
export function intervals({ theta, errors }, n) {
  return theta.map((value, j) => [-1, 1].map(side => value + side * quantile(n - 2) * errors[j]))
}

/* The ellipse that holds 95 % of all θ̂, from their covariance matrix σ² (XᵀX)⁻¹. */
export function ellipse(theta, x, sigma) {
  const middle = mean(x)
  const reach = sigma * Math.sqrt(-2 * Math.log(0.05))
  const spread = squares(x, middle)
  return Array.from({ length: 91 }, (_, i) => {
    const angle = (i * Math.PI) / 45
    const slope = (reach * Math.sin(angle)) / Math.sqrt(spread)
    return [theta[0] + (reach * Math.cos(angle)) / Math.sqrt(x.length) - slope * middle, theta[1] + slope]
  })
}

/* Fits to pure noise of standard deviation 1: how far each dataset is from θ, over σ. The
   first dataset is the given one. Those `known` are not fitted again. */
export function resample({ x, noise }, { n, seed, count }, known = []) {
  const places = x.slice(0, n)
  for (let i = known.length; i < count; i++) {
    const { theta, errors } = fit(places, i ? normals(seed, i, n) : noise.slice(0, n))
    known.push([...theta, ...errors])
  }
  return known
}

const SHOWN = 50 // intervals
const PER_FRAME = 2000 // datasets to fit before the page may answer
const LIMIT = 10000 // datasets

class Resample extends Explorable {
  static invite = ["데이터셋을 더 뽑아 보라. 구간은 몇 번이나 참값을 놓치는가?", "Draw more datasets. How many intervals miss?"]

  static state({ sigma, start }) {
    return {
      n: { value: start.n, min: 5, max: MOST },
      sigma: { value: sigma, min: 0.5, max: 5 },
      count: { value: start.count, min: 1, max: LIMIT },
      seed: { value: 1, min: 1, max: 1e6 },
    }
  }

  build(stage) {
    const ranges = { x: [0, 1], y: [0, 1], height: 300 }
    this.cloud = new Panel(stage, { ...ranges, labels: ["θ̂₀", "θ̂₁"] })
    const { right, bottom } = this.cloud.box
    this.dots = make("path", { class: "data dots" }, this.cloud.plot)
    this.oval = make("path", { class: "truth" }, this.cloud.plot)
    make("text", { class: "truth halo", x: right - 4, y: bottom - 8, "text-anchor": "end", text: say("타원: θ̂의 95%", "ellipse: 95 % of θ̂") }, this.cloud.svg)
    this.first = make("circle", { class: "estimate dot", r: 6 }, this.cloud.plot)
    this.newest = make("circle", { class: "estimate", r: 6 }, this.cloud.plot)
    this.truth = make("path", { class: "truth thick" }, this.cloud.plot)

    this.stack = new Panel(stage, { ...ranges, labels: [say("데이터셋 번호", "number of the dataset"), "θ̂₁"] })
    this.line = make("path", { class: "truth" }, this.stack.plot)
    this.caught = make("path", { class: "estimate" }, this.stack.plot)
    this.middles = make("path", { class: "estimate dots" }, this.stack.plot)
    this.missed = make("path", { class: "error dotted thick" }, this.stack.plot)
    this.crosses = make("path", { class: "error" }, this.stack.plot)
    this.share = make("text", { x: 350, y: 9, "text-anchor": "end" }, this.stack.svg)

    this.slider("n", say("데이터의 수 n", "points n"), { step: 1, digits: 0 })
    this.slider("sigma", say("노이즈 σ", "noise σ"), { step: 0.1, digits: 1 })
    const more = (count, ko, en) => this.button(say(ko, en), () => this.change({ count: this.state.count + count }))
    more(1, "새 데이터셋 1개", "1 new dataset")
    more(10, "10개 더", "10 more")
    more(1000, "1000개 더", "1000 more")
    this.button(say("하나부터 다시 뽑기", "Draw again from one"), () => this.change({ count: 1, seed: this.state.seed + 1 }))
    this.button(say("처음으로", "Start again"), () => this.change(this.start))
    const note = say(
      "속이 빈 원: 마지막 데이터셋. ×: 참값을 놓친 구간. 위의 코드에서는 데이터셋마다 x를 새로 뽑지만, 여기서는 한 번 뽑은 x를 계속 쓴다. 타원은 이 x로 계산한 것이며, θ̂의 95%가 그 안에 든다. n = 100이면 x를 새로 뽑아도 구름이 거의 같다.",
      "Open circle: the newest dataset. ×: an interval that misses. The code above draws a new x for each dataset; here all keep the x that was drawn first. For this x the ellipse is computed: it holds 95 % of θ̂. With n = 100, new x would give nearly the same cloud.",
    )
    make("p", { class: "note", style: "flex: 1 1 100%; margin: 0; text-align: start", text: note }, stage.rows)
  }

  change(changes) {
    super.change(changes)
    for (const name of ["n", "count", "seed"]) this.state[name] = Math.round(this.state[name])
  }

  /* A unit is as long in both directions, and what is drawn grows and shrinks with the cloud
     as long as the ellipse fits. */
  zoom([first, second], oval) {
    const { left, right, top, bottom } = this.cloud.box
    const flat = (bottom - top) / (right - left)
    const reach = Math.max(...oval.map(point => Math.max(Math.abs(point[0] - first), Math.abs(point[1] - second) / flat)))
    const half = 1.25 * 2 ** Math.max(0, Math.ceil(Math.log2(reach / 1.25)))
    this.cloud.ranges = { x: [first - half, first + half], y: [second - half * flat, second + half * flat] }
    this.cloud.drawAxes()
    return this.cloud.ranges.y
  }

  draw({ n, sigma, count: wanted, seed }) {
    const { theta } = this.given
    if (this.known?.n !== n || this.known.seed !== seed) this.known = Object.assign([], { n, seed })
    const count = Math.min(wanted, this.known.length + PER_FRAME)
    if (count < wanted) this.change({}) // the rest in the next frames
    const fits = resample(this.given, { n, seed, count }, this.known).slice(0, count)
    const estimates = fits.map(each => [theta[0] + sigma * each[0], theta[1] + sigma * each[1]])
    const x = this.given.x.slice(0, n)
    const oval = ellipse(theta, x, sigma)

    const heights = this.zoom(theta, oval)
    set(this.dots, { d: dots(this.cloud, estimates) })
    set(this.oval, { d: this.cloud.path(oval) })
    for (const [circle, at] of [[this.first, estimates[0]], [this.newest, estimates.at(-1)]]) {
      const [cx, cy] = this.cloud.at(...at)
      set(circle, { cx, cy })
    }
    const [h, v] = this.cloud.at(...theta)
    set(this.truth, { d: `M${h - 8} ${v}h16M${h} ${v - 8}v16` })

    const from = Math.max(0, count - SHOWN)
    const t = quantile(n - 2)
    const longest = Math.max(...fits.slice(from).map(each => sigma * (Math.abs(each[1]) + t * each[3])))
    this.stack.ranges = { x: [from + 0.2, from + SHOWN + 3], y: taller(heights, longest) }
    this.stack.drawAxes()
    set(this.line, { d: this.stack.path(this.stack.ranges.x.map(place => [place, theta[1]])) })
    const misses = each => Math.abs(each[1]) > t * each[3]
    const latest = estimates.slice(from).map(([, slope], i) => {
      const each = fits[from + i]
      const half = t * sigma * each[3]
      const bar = this.stack.path([slope - half, slope + half].map(end => [from + i + 1, end]))
      return { bar, at: [from + i + 1, slope], missed: misses(each) }
    })
    const [bad, good] = [latest.filter(each => each.missed), latest.filter(each => !each.missed)]
    set(this.caught, { d: good.map(each => each.bar).join("") })
    set(this.middles, { d: dots(this.stack, good.map(each => each.at)) })
    set(this.missed, { d: bad.map(each => each.bar).join("") })
    set(this.crosses, { d: bad.map(each => cross(...this.stack.at(...each.at))).join("") })
    const missed = fits.filter(misses).length
    const coverage = show((100 * (count - missed)) / count, 1)
    set(this.share, { text: `${count - missed} / ${count} = ${coverage}${say("%", " %")}` })

    const pair = (values, digits) => `(${values.map(value => show(value, digits)).join(", ")})`
    const formula = pair(standardErrors(x, sigma), 3)
    if (count === 1) {
      const one = { theta: estimates[0], errors: fits[0].slice(2).map(error => sigma * error) }
      const ends = intervals(one, n)[1].map(end => show(end)).join(", ")
      return say(
        `데이터셋 하나(n = ${n}): θ̂ = ${pair(one.theta, 3)}, 표준오차 ${pair(one.errors, 3)}, 참 σ를 넣은 공식으로는 ${formula}. 기울기의 95% 신뢰구간 [${ends}]에 참값 ${theta[1]}이 들어 ${missed ? "있지 않다" : "있다"}.`,
        `One dataset, n = ${n}: θ̂ = ${pair(one.theta, 3)}, standard errors ${pair(one.errors, 3)}. With the true σ, the formula gives ${formula}. The 95 % interval of the slope, [${ends}], ${missed ? "misses" : "contains"} the true ${theta[1]}.`,
      )
    }
    const full = count < LIMIT ? "" : say(" 더는 뽑지 않는다.", " No more are drawn.")
    const means = [0, 1].map(j => mean(estimates.map(each => each[j])))
    const spreads = means.map((middle, j) => Math.sqrt(squares(estimates.map(each => each[j]), middle) / (count - 1)))
    return say(
      `데이터셋 ${count}개(n = ${n}): θ̂의 평균 ${pair(means, 2)}, 표준편차 ${pair(spreads, 3)}, 공식으로는 ${formula}. 기울기의 95% 신뢰구간 ${count}개 ${missed ? `가운데 ${missed}개가 참값 ${theta[1]}을 놓쳤다` : `모두에 참값 ${theta[1]}이 들어 있다`}(포함 비율 ${coverage}%).${full}`,
      `${count} datasets, n = ${n}: the mean of θ̂ is ${pair(means, 2)}. The standard deviations are ${pair(spreads, 3)}; the formula gives ${formula}. ${missed || "None"} of the ${count} intervals of the slope miss the true ${theta[1]}, so the coverage is ${coverage} %.${full}`,
    )
  }
}

/* A range around the same middle, doubled until all that is `reach` from there is in it. */
const taller = ([low, high], reach) => {
  const [middle, half] = [(low + high) / 2, (high - low) / 2]
  const tall = half * 2 ** Math.max(0, Math.ceil(Math.log2(reach / half)))
  return [middle - tall, middle + tall]
}

/* Many dots as one path, of strokes without length. */
const dots = (panel, points) =>
  points
    .map(point => panel.at(...point))
    .map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`)
    .join("")
const cross = (x, y) => `M${x - 4} ${y - 4}l8 8m0 -8l-8 8`

customElements.define("theta-resample", Resample)
