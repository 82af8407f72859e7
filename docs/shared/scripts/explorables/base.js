/* What figures that a reader moves have in common: a state, which the address can hold,
   and a stage with panels, sliders, buttons, and a summary that is also spoken. */

const korean = document.documentElement.lang === "ko"
export const say = (ko, en) => (korean ? ko : en)
const COPY = say("이 상태의 링크 복사", "Copy a link to this situation")
export const still = matchMedia("(prefers-reduced-motion: reduce)")
const narrow = matchMedia("(max-width: 600px)")

/* An element of SVG or HTML with attributes, inside `parent`. */
export function make(name, attributes = {}, parent) {
  const space = parent?.namespaceURI.endsWith("svg") || name === "svg" ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml"
  const element = document.createElementNS(space, name)
  set(element, attributes)
  parent?.append(element)
  return element
}

/* Changes attributes; `text` is what the element says. */
export function set(element, { text, ...attributes }) {
  if (text !== undefined && element.textContent !== text) element.textContent = text
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
}

/* A number with `digits` decimals and a minus sign as print has it; divergence is named. */
export function show(number, digits = 2) {
  if (Number.isNaN(number)) return "nan"
  if (!Number.isFinite(number)) return number > 0 ? "∞" : "−∞"
  const size = Math.abs(number) < 1e-12 ? 0 : Math.abs(number)
  const text = size >= 1e5 || (size > 0 && size < 10 ** -digits) ? size.toExponential(1) : size.toFixed(digits)
  return (number < 0 && Number(text) !== 0 ? "−" : "") + text.replace("e-", "e−").replace("e+", "e")
}

const styles = make("link", { rel: "stylesheet", href: new URL("../../styles/explorables.css", import.meta.url) }, document.head)
await new Promise(done => (styles.onload = styles.onerror = done)) // unstyled, it would move what is below

/* A panel: an SVG of `width` × `height` units with axes for x and y. `at` places what is
   drawn, `back` says which x and y a pointer is at. On a phone it is flatter: two panels, the
   summary, and the sliders are in sight at once. */
export class Panel {
  constructor(stage, { width = 360, height = 260, x, y, labels = ["", ""], ticks = 5, log = false }) {
    if (narrow.matches) height *= 0.7
    this.svg = make("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, stage.panels)
    this.ranges = { x, y }
    this.box = { left: 38, right: width - 10, top: 10, bottom: height - 34 }
    const id = (Panel.count = (Panel.count ?? 0) + 1)
    const clip = make("clipPath", { id: `panel-${id}` }, make("defs", {}, this.svg))
    const { left, right, top, bottom } = this.box
    make("rect", { x: left, y: top, width: right - left, height: bottom - top }, clip)
    this.axes = make("g", { class: "axes" }, this.svg)
    this.plot = make("g", { "clip-path": `url(#panel-${id})` }, this.svg)
    this.labels = labels
    this.ticks = ticks
    this.log = log // y is the exponent of 10
    this.drawAxes()
  }

  drawAxes() {
    const { left, right, top, bottom } = this.box
    this.axes.replaceChildren()
    make("path", { d: `M${left} ${top}V${bottom}H${right}` }, this.axes)
    for (const tick of nice(...this.ranges.x, this.ticks))
      make("text", { x: this.at(tick, 0)[0], y: bottom + 15, "text-anchor": "middle", text: show(tick, decimals(tick)) }, this.axes)
    for (const tick of nice(...this.ranges.y, this.ticks))
      make("text", { x: left - 5, y: this.at(0, tick)[1] + 4, "text-anchor": "end", text: this.log ? power(tick) : show(tick, decimals(tick)) }, this.axes)
    make("text", { class: "name", x: (left + right) / 2, y: bottom + 30, "text-anchor": "middle", text: this.labels[0] }, this.axes)
    make("text", { class: "name", x: left + 6, y: top + 10, text: this.labels[1] }, this.axes)
  }

  at(x, y) {
    const { left, right, top, bottom } = this.box
    const [[x0, x1], [y0, y1]] = [this.ranges.x, this.ranges.y]
    return [left + ((x - x0) / (x1 - x0)) * (right - left), bottom - ((y - y0) / (y1 - y0)) * (bottom - top)]
  }

  back(event) {
    const seen = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse())
    const { left, right, top, bottom } = this.box
    const [[x0, x1], [y0, y1]] = [this.ranges.x, this.ranges.y]
    return [x0 + ((seen.x - left) / (right - left)) * (x1 - x0), y0 + ((bottom - seen.y) / (bottom - top)) * (y1 - y0)]
  }

  /* A path through points [x, y]; what is not finite or far outside is cut off. */
  path(points) {
    const drawn = points.map(([x, y]) => this.at(x, y)).filter(point => point.every(Number.isFinite))
    const near = value => Math.max(-1e4, Math.min(1e4, value)).toFixed(2)
    return drawn.map(([x, y], i) => `${i ? "L" : "M"}${near(x)} ${near(y)}`).join("")
  }
}

/* A path between two places, with an arrowhead. */
export function arrow([x0, y0], [x, y]) {
  const angle = Math.atan2(y0 - y, x0 - x)
  const [one, other] = [angle - 0.4, angle + 0.4].map(each => `${x + 9 * Math.cos(each)} ${y + 9 * Math.sin(each)}`)
  return `M${x0} ${y0}L${x} ${y}M${one}L${x} ${y}L${other}`
}

/* Round numbers between two others, about `count` of them. */
export function nice(from, to, count = 5) {
  const rough = Math.abs(to - from) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].find(each => each * power >= rough) * power
  const ticks = []
  for (let n = Math.ceil(Math.min(from, to) / step); n * step <= Math.max(from, to) + step / 1e6; n++) ticks.push(n * step)
  return ticks
}

const decimals = tick => (Number.isInteger(tick) ? 0 : Math.abs(tick) < 0.1 ? 2 : 1)

/* 10 to a whole number. */
const power = exponent => `10${Array.from(String(Math.round(exponent)), each => (each === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[each])).join("")}`

/* Lets a pointer move `shape`: `move(x, y)` is told where it is on the panel. */
export function drag(shape, panel, move) {
  shape.classList.add("handle")
  // phones would scroll: `touch-action` does nothing on what is inside an SVG
  shape.addEventListener("touchstart", event => event.preventDefault(), { passive: false })
  shape.addEventListener("pointerdown", event => {
    event.preventDefault()
    shape.setPointerCapture(event.pointerId)
    const follow = each => move(...panel.back(each))
    shape.addEventListener("pointermove", follow)
    const stop = () => shape.removeEventListener("pointermove", follow)
    shape.addEventListener("pointerup", stop, { once: true })
    shape.addEventListener("pointercancel", stop, { once: true })
  })
}

/* Lets a click beside all handles say where: `move(x, y)`. A finger that scrolls does not click. */
export function press(panel, move) {
  panel.svg.addEventListener("click", event => {
    const place = panel.back(event)
    const inside = [panel.ranges.x, panel.ranges.y].every(([low, high], i) => low <= place[i] && place[i] <= high)
    if (inside && !event.target.closest(".handle")) move(...place)
  })
}

/* An element named `theta-NAME`. A subclass has
     static invite        what to do with it, in Korean and in English
     static state(given)  what is moved: {name: {value, min, max}} for numbers, {value, options} else
     build(stage)         panels and controls, once
     draw(state)          everything that depends on the state; returns the summary, a sentence or two
*/
export class Explorable extends HTMLElement {
  connectedCallback() {
    if (this.stage) return
    this.given = JSON.parse(this.dataset.given)
    this.allowed = this.constructor.state(this.given)
    this.state = Object.fromEntries(Object.entries(this.allowed).map(([name, each]) => [name, each.value]))
    this.start = { ...this.state }
    this.controls = {}
    this.stage = make("div", { class: "stage" })
    make("p", { class: "invite", text: say(...this.constructor.invite) }, this.stage)
    this.stage.panels = make("div", { class: "panels" }, this.stage)
    this.stage.rows = make("div", { class: "controls" }, this.stage)
    this.summary = make("p", { class: "summary", "aria-hidden": true })
    this.spoken = make("output", { "aria-live": "polite" })
    this.build(this.stage)
    this.link = make("a", { class: "situation", "aria-live": "polite", text: COPY }, this.stage)
    this.link.addEventListener("click", event => this.copy(event))
    this.stage.insertBefore(this.summary, this.link)
    this.stage.insertBefore(this.spoken, this.link)
    this.append(this.stage)
    this.stage.addEventListener("keydown", event => event.stopPropagation()) // the site's n, p, and s leave the page
    this.read()
    this.render() // before it is first painted: what fills in later would move what is below
    addEventListener("hashchange", () => this.read())
    // the other language opens in this situation, if it is the one in sight
    document.querySelector(".language-link")?.addEventListener("click", event => {
      const { top, bottom } = this.getBoundingClientRect()
      if (this.touched && top < innerHeight && bottom > 0) event.currentTarget.hash = this.link.hash
    })
  }

  get name() {
    return this.closest("figure")?.id ?? this.localName
  }

  /* Puts the address of this situation into the address bar and, where that is allowed, the clipboard. */
  async copy(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return // opens it elsewhere
    event.preventDefault()
    history.replaceState(history.state, "", this.link.href)
    const copied = await navigator.clipboard?.writeText(this.link.href).then(
      () => true,
      () => false,
    )
    const told = copied ? say("복사했다", "Copied") : say("주소창에 이 상태의 주소가 있다", "The address bar has it")
    set(this.link, { text: told })
    clearTimeout(this.told)
    this.told = setTimeout(() => set(this.link, { text: COPY }), 4000)
  }

  /* Takes the state that the address holds: #figure-NAME?slope=2&intercept=1. */
  read() {
    const [name, query] = location.hash.slice(1).split("?")
    if (query !== undefined && name === this.name) {
      this.change({ ...this.start, ...Object.fromEntries(new URLSearchParams(query)) })
      this.scrollIntoView({ block: this.offsetHeight > 0.8 * innerHeight ? "start" : "center" })
      this.tabIndex = -1
      this.focus({ preventScroll: true }) // the next Tab goes to its controls
    } else this.change({})
  }

  /* Changes some of the state, within what is allowed, and draws once a frame. */
  change(changes) {
    for (const [name, value] of Object.entries(changes)) {
      const allowed = this.allowed[name]
      if (!allowed) continue
      if (allowed.accept) {
        if (allowed.accept(value)) this.state[name] = value
      } else if (allowed.options) {
        const option = allowed.options.find(each => String(each) === String(value))
        if (option !== undefined) this.state[name] = option
      } else if (value !== "" && Number.isFinite(Number(value)))
        this.state[name] = Math.min(allowed.max, Math.max(allowed.min, Number(value)))
    }
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined
      this.render()
    })
  }

  render() {
    const said = this.draw(this.state)
    for (const [name, update] of Object.entries(this.controls)) update(this.state[name])
    const moved = Object.entries(this.state).filter(([name, value]) => value !== this.start[name])
    const query = new URLSearchParams(moved.map(([name, value]) => [name, typeof value === "number" ? Number(value.toPrecision(12)) : value]))
    this.link.href = `#${this.name}?${query}`
    set(this.summary, { text: said })
    clearTimeout(this.speaking) // a screen reader hears where a drag ends, not its way
    this.speaking = setTimeout(() => set(this.spoken, { text: said }), this.spoken.textContent ? 300 : 0)
  }

  /* What a reader does, unlike what the address says. */
  by(changes) {
    this.touched = true
    this.change(changes)
  }

  /* With `log`, equal ways are equal factors, and `step` is one of the exponent of 10.
     With `typed`, the name of a field, its number can also be typed. */
  slider(name, label, { step = 0.01, digits = 2, log = false, typed } = {}) {
    const place = log ? Math.log10 : Number
    const value = log ? at => Number((10 ** at).toPrecision(4)) : Number
    const row = make("label", { class: "slider" }, this.stage.rows)
    make("span", { text: label }, row)
    const { min, max } = this.allowed[name]
    const input = make("input", { type: "range", min: place(min), max: place(max), step }, row)
    // what is no field is heard as the slider's value
    const number = typed
      ? make("input", { class: "number", type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": typed }, row)
      : make("span", { class: "number", "aria-hidden": true }, row)
    const write = text => (typed ? (number.value = text) : set(number, { text }))
    if (typed)
      number.addEventListener("change", () => {
        this.by({ [name]: number.value.replace("−", "-").replace(",", ".") })
        write(show(this.state[name], digits))
      })
    input.addEventListener("input", () => this.by({ [name]: value(input.value) }))
    // a finger that comes down on a slider and then scrolls the page has not meant it
    input.addEventListener("pointerdown", () => (this.before = { [name]: value(input.value) }))
    input.addEventListener("pointercancel", () => this.by(this.before))
    this.controls[name] = now => {
      if (Number(input.value) !== place(now)) input.value = place(now)
      if (document.activeElement !== number) write(show(now, digits))
      set(input, { "aria-valuetext": show(now, digits) })
    }
    return input
  }

  choice(name, label, words) {
    const row = make("label", { class: "choice" }, this.stage.rows)
    make("span", { text: label }, row)
    const select = make("select", {}, row)
    for (const [value, text] of Object.entries(words)) make("option", { value, text }, select)
    select.addEventListener("change", () => this.by({ [name]: select.value }))
    this.controls[name] = value => (select.value = value)
    return select
  }

  button(label, act) {
    const group = this.stage.rows.lastElementChild?.className === "buttons" ? this.stage.rows.lastElementChild : make("div", { class: "buttons" }, this.stage.rows)
    const button = make("button", { type: "button", text: label }, group)
    button.addEventListener("click", () => {
      this.touched = true
      act()
    })
    return button
  }

  /* A text to type, which the state takes if it is accepted; on leaving it shows the state. */
  field(name, label) {
    const row = make("label", { class: "field" }, this.stage.rows)
    make("span", { text: label }, row)
    const input = make("input", { type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false" }, row)
    input.addEventListener("input", () => this.allowed[name].accept(input.value) && this.by({ [name]: input.value }))
    this.controls[name] = value => {
      if (input.value !== value) input.value = value
    }
    input.addEventListener("change", () => this.controls[name](this.state[name]))
    return input
  }
}
