/* Two shapes aligned at their right ends, and the cells of a + b for up to two dimensions. */
import { Explorable, make, say, set, show } from "./base.js"

const [ROWS, COLUMNS] = [10, 12] // at most so many are drawn
const DIMENSIONS = 12

/* The shape that a text means: [3, 1] for "(3, 1)"; for others the name of what is wrong.
   A bracket not closed is one still being typed. */
export function parseShape(text) {
  const plain = text.normalize("NFKC").trim().replace(/\s*([,()[\]])\s*/g, "$1")
  const [, ...inner] = plain.match(/^(?:torch\.Size(?:\((?:\[(.*?)\]?)?\)?)|\((.*?)\)?|\[(.*?)\]?|(.*))$/s)
  const body = inner.find(each => each !== undefined) ?? ""
  if (body === "") return []
  if (!/^[-−]?\d+(,[-−]?\d+)*,?$/.test(body)) return "unreadable"
  if (/[-−]/.test(body)) return "negative"
  const shape = body.replace(/,$/, "").split(",").map(Number)
  if (shape.length > DIMENSIONS) return "dimensions"
  return shape.every(size => size < 1e9) ? shape : "large"
}

/* (3,) as Python writes it. */
export const written = shape => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`

const filled = (shape, length) => [...Array(Math.max(0, length - shape.length)).fill(1), ...shape]

/* The shape of a + b, or PyTorch's message; and the positions where they do not fit, and
   where each of the two changes its size. */
export function broadcast(first, second) {
  const length = Math.max(first.length, second.length)
  const [a, b] = [filled(first, length), filled(second, length)]
  const places = [...a.keys()]
  const wrong = places.filter(k => a[k] !== b[k] && a[k] !== 1 && b[k] !== 1)
  const last = wrong.at(-1)
  return {
    shape: wrong.length ? null : places.map(k => (a[k] === 1 ? b[k] : a[k])),
    message: wrong.length
      ? `The size of tensor a (${a[last]}) must match the size of tensor b (${b[last]}) at non-singleton dimension ${last}`
      : null,
    wrong,
    changed: [places.filter(k => a[k] === 1 && b[k] !== 1), places.filter(k => b[k] === 1 && a[k] !== 1)],
  }
}

export const elements = shape => shape.reduce((product, size) => product * size, 1)

/* What so many elements take in float32, in units of 1000. */
export function memory(count) {
  let [size, unit] = [4 * count, 0]
  for (; size >= 1000 && unit < 6; unit++) size /= 1000
  const number = show(size, Number.isInteger(size) ? 0 : 1)
  return number + [say("바이트", " bytes"), " kB", " MB", " GB", " TB", " PB", " EB"][unit]
}

const counted = count => (count <= Number.MAX_SAFE_INTEGER ? count.toLocaleString("en") : show(count, 1))

const PROBLEMS = {
  unreadable: say("형태로 읽을 수 없다.", "is not a shape."),
  negative: say("크기는 음수일 수 없다.", "has a negative size."),
  dimensions: say("차원이 12개를 넘는다.", "has more than 12 dimensions."),
  large: say("크기가 아홉 자리를 넘는다.", "has a size of more than nine digits."),
}

class Broadcast extends Explorable {
  static invite = ["두 형태를 고쳐 써 보라.", "Type two shapes of your own."]

  static state({ pairs }) {
    const accept = text => text.length <= 200
    const [a, b] = pairs[0].map(written)
    return { a: { value: a, accept }, b: { value: b, accept } }
  }

  build(stage) {
    const label = say("오른쪽 끝에 맞춘 두 형태", "The two shapes, aligned at their right ends")
    const scroller = make("div", { class: "aligned", role: "region", "aria-label": label, tabindex: 0 }, stage.panels)
    this.table = make("table", { class: "shapes" }, scroller)
    const note = say("흐린 1: 왼쪽에 채운 1. 점선: 다른 쪽의 크기로 바뀌는 1.", "Faint: filled in on the left. Dotted: takes the other size.")
    make("div", { class: "note", text: note }, scroller)
    this.note = make("div", { class: "note", style: "min-height: 1.5em" }, scroller) // what is below stays where it is
    this.grids = [0, 1, 2].map(() => make("svg", { class: "cells", viewBox: "0 0 180 168", "aria-hidden": "true" }, stage.panels))
    this.fields = ["a", "b"].map(name => this.field(name, say(`${name}의 형태`, `shape of ${name}`)))
    this.presets = this.given.pairs.map(pair => pair.map(written)).map(([a, b]) => this.button(`${a} + ${b}`, () => this.change({ a, b })))
  }

  draw({ a, b }) {
    const [first, second] = [a, b].map(parseShape)
    const read = [first, second].map(Array.isArray)
    this.fields.forEach((field, i) => set(field, { "aria-invalid": !read[i] }))
    const known = [first, second].map((shape, i) => (read[i] ? shape : []))
    for (const preset of this.presets) set(preset, { "aria-pressed": read.every(Boolean) && preset.textContent === known.map(written).join(" + ") })
    const found = read.every(Boolean) ? broadcast(first, second) : { shape: null, wrong: [], changed: [[], []] }
    const length = Math.max(...known.map(each => each.length))
    this.align(known, read, length, found)
    this.grids.forEach(grid => grid.replaceChildren())
    const last = shape => shape.slice(-2) // of more dimensions, the first table of numbers is drawn
    const wrong = found.wrong.at(-1)
    const outer = wrong < length - 2 // then these tables fit; what does not is drawn instead
    if (outer) this.drawCells(known.map(each => [filled(each, length)[wrong]]), read, null, wrong)
    else this.drawCells(known.map(last), read, found.shape && last(found.shape))
    const alone = outer ? say(`칸은 크기가 맞지 않는 ${wrong}번 차원만 그린다.`, `Cells: dimension ${wrong} alone, where the sizes do not fit.`) : say("칸은 마지막 두 차원만 그린다.", "Cells: the last two dimensions alone.")
    set(this.note, { text: length > 2 ? alone : "" })
    if (!read.every(Boolean)) return this.refuse(first, second)
    return found.shape ? this.tell(first, second, found) : this.disagree(found)
  }

  align(shapes, read, length, { shape, wrong, changed }) {
    this.table.replaceChildren()
    const places = [...Array(length).keys()]
    const row = name => {
      const line = make("tr", {}, this.table)
      make("th", { scope: "row", text: name }, line)
      return line
    }
    const head = row(say("차원", "dimension"))
    for (const k of places) make("th", { scope: "col", text: k }, head)
    shapes.forEach((each, i) => {
      const line = row("ab"[i])
      const kind = k => `${k < length - each.length ? "faint " : ""}${changed[i].includes(k) ? "dotted " : ""}${wrong.includes(k) ? "error" : ""}`
      for (const k of places) make("td", { class: kind(k), text: read[i] ? filled(each, length)[k] : "?" }, line)
      if (!length) make("td", { text: read[i] ? "()" : "?" }, line)
    })
    const sum = row("a + b")
    const [a, b] = shapes.map(each => filled(each, length))
    const size = k => (wrong.includes(k) ? "✕" : read.every(Boolean) ? (a[k] === 1 ? b[k] : a[k]) : "?")
    for (const k of places) make("td", { class: wrong.includes(k) ? "error" : "", text: size(k) }, sum)
    if (!length) make("td", { text: shape ? "()" : "?" }, sum)
  }

  /* Three grids; an element's number is 10, 20, … in a and 1, 2, … in b, row by row. Of a
     dimension `outer` alone, a cell is a whole table, without a number. */
  drawCells(shapes, read, result, outer) {
    const value = (i, row, column) => {
      if (outer !== undefined) return ""
      const [rows, columns] = filled(shapes[i], 2)
      return ((rows === 1 ? 0 : row) * columns + (columns === 1 ? 0 : column) + 1) * [10, 1][i]
    }
    shapes.forEach((shape, i) => {
      const [rows, columns] = filled(shape, 2)
      const real = (row, column) => row < rows && column < columns
      const title = !read[i] ? "" : outer === undefined ? written(shape) : say(`${outer}번 차원: ${shape[0]}`, `dimension ${outer}: ${shape[0]}`)
      const goal = result && written(result) !== title ? `→ ${written(result)}` : ""
      this.grid(this.grids[i], read[i] && (result ?? shape), i ? "+" : "", [title, goal], (...at) => value(i, ...at), real)
    })
    const sum = (...at) => value(0, ...at) + value(1, ...at)
    this.grid(this.grids[2], result, "=", [result ? written(result) : "", ""], sum, () => true)
    if (!result) make("text", { class: "error mark", x: 98, y: 94, "text-anchor": "middle", text: read.every(Boolean) ? "✕" : "?" }, this.grids[2])
  }

  grid(svg, shape, sign, titles, value, real) {
    make("text", { class: "mark", x: 8, y: 94, "text-anchor": "middle", text: sign }, svg)
    const title = titles.join(" ").length > 22 ? titles : ["", titles.join(" ")]
    title.forEach((text, i) => make("text", { x: 98, y: 13 + 15 * i, "text-anchor": "middle", text }, svg))
    if (!shape) return
    const [rows, columns] = filled(shape, 2)
    const [down, across] = [Math.min(rows, ROWS), Math.min(columns, COLUMNS)]
    const side = Math.min(34, 148 / across, 110 / down)
    const left = 98 - (across * side) / 2
    const paths = ["", ""]
    for (let row = 0; row < down; row++)
      for (let column = 0; column < across; column++) {
        const [x, y] = [left + column * side, 38 + row * side]
        const solid = real(row, column)
        paths[+solid] += `M${x} ${y}h${side}v${side}h${-side}z`
        if (side >= 24) make("text", { class: solid ? "" : "data", x: x + side / 2, y: y + side / 2 + 4, "text-anchor": "middle", text: value(row, column) }, svg)
      }
    make("path", { class: "data dotted", d: paths[0] }, svg)
    make("path", { fill: "none", stroke: "currentcolor", "stroke-width": 1.4, d: paths[1] }, svg)
    if (!rows || !columns) make("text", { x: 98, y: 94, "text-anchor": "middle", text: say("원소 없음", "no elements") }, svg)
    else {
      if (columns > across) make("text", { x: left + across * side + 2, y: 42 + (down * side) / 2, text: "⋯" }, svg)
      if (rows > down) make("text", { x: 98, y: 51 + down * side, "text-anchor": "middle", text: "⋮" }, svg)
    }
  }

  refuse(...shapes) {
    const wrong = shapes.flatMap((problem, i) => (PROBLEMS[problem] ? [say(`${"ab"[i]}: ${PROBLEMS[problem]}`, `${"ab"[i]} ${PROBLEMS[problem]}`)] : []))
    const hint = say("0 이상의 정수를 쉼표로 나누어 (3, 1)이나 3,1처럼 12개까지 적는다. 비워 두면 ()이다.", "Write up to 12 whole numbers, 0 or more, with commas: (3, 1) or 3,1. An empty field means ().")
    return `${wrong.join(" ")} ${hint}`
  }

  disagree({ message, wrong }) {
    const reason = say(`${wrong.join(", ")}번 차원의 크기가 서로 다르고 어느 쪽도 1이 아니다.`, `The sizes in dimension ${wrong.join(", ")} differ, and neither is 1.`)
    return `RuntimeError: ${message}. ${reason}`
  }

  tell(first, second, { shape, changed }) {
    const count = elements(shape)
    const said = [
      say(
        `a는 ${written(first)}, b는 ${written(second)}, 합의 형태는 ${written(shape)}. 원소 ${counted(count)}개, float32로 ${memory(count)}.`,
        `a has the shape ${written(first)}, b ${written(second)}, the sum ${written(shape)}: ${counted(count)} element${count === 1 ? "" : "s"}, ${memory(count)} in float32.`,
      ),
    ]
    const where = chosen =>
      changed.flatMap((places, i) => {
        const numbers = places.filter(chosen).join(", ")
        return numbers ? [say(`${"ab"[i]}는 ${numbers}번 차원에서`, `${"ab"[i]} in dimension ${numbers}`)] : []
      }).join(", ")
    const [grown, gone] = [where(k => shape[k]), where(k => !shape[k])]
    if (grown) said.push(say(`${grown} 늘어난다.`, `Stretched: ${grown}.`))
    if (gone) said.push(say(`${gone} 0으로 줄어든다.`, `Shrunk to 0: ${gone}.`))
    if (!grown && !gone) said.push(say("늘어나는 차원은 없다.", "Nothing is stretched."))
    const ratio = Math.round(count / Math.max(elements(first), elements(second)))
    if (ratio > 1) said.push(say(`원소 수는 둘 가운데 큰 쪽의 ${counted(ratio)}배가 된다.`, `That is ${counted(ratio)} times as many elements as the larger of the two has.`))
    if (count >= 2 ** 63) said.push(say("PyTorch가 셀 수 있는 2⁶³ − 1개보다 많다.", "PyTorch counts no further than 2⁶³ − 1."))
    const [rows, columns] = filled(shape, 2)
    if (shape.length <= 2 && count && (rows > ROWS || columns > COLUMNS)) {
      const part = [Math.min(rows, ROWS), Math.min(columns, COLUMNS)]
      said.push(say(`그림에는 처음 ${part[0]}행 ${part[1]}열만 있다.`, `Only the first ${part[0]} × ${part[1]} cells are drawn.`))
    }
    return said.join(" ")
  }
}

customElements.define("theta-broadcast", Broadcast)
