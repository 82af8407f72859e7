/* Fields for answers to exercises. The page says of an answer what the notebook's check
   says: tools/answers.py has made a tree of the check, and `verdict` walks it. */

const WORDS = {
  ko: {
    check: "확인",
    choose: "고르기",
    solved: "풀었음",
    right: "맞다.",
    hint: "답이 다르다. 아래에 표시한 힌트를 보라.",
    wrong: "답이 다르다. 들어맞는 힌트도 없으니 다시 생각해 보라.",
    empty: name => `아직 답을 적지 않은 칸이 있다: ${name}`,
    long: "너무 길다. 수나 짧은 식이면 된다.",
    comma: "쉼표가 소수점인지 천 단위를 나누는 것인지 알 수 없다. 쉼표 없이 적어라.",
    one: "이 칸에는 수를 하나만 적는다.",
    number: "읽을 수 없다. 1.5, −3, 1e-3, 7/6, 2^10, sqrt(2), ln(10), exp(-1), pi처럼 적는다. 소수점은 쉼표로 적어도 된다.",
    list: "(3, 1)이나 3, 1처럼 쉼표로 나누어 적는다. 하나뿐이면 (4,), 답이 없는 자리는 None이다. 소수점은 마침표로 적는다.",
  },
  en: {
    check: "Check",
    choose: "choose",
    solved: "solved",
    right: "Right.",
    hint: "Not right. The hint that fits is marked below.",
    wrong: "Not right, and no hint fits. Think again.",
    empty: name => `There is nothing yet in the field ${name}.`,
    long: "That is too long. A number or a short expression will do.",
    comma: "Does the comma group digits, or is it a decimal comma? Write the number without it.",
    one: "This field takes one number.",
    number: "That cannot be read. You can write 1.5, −3, 1e-3, 7/6, 2^10, sqrt(2), ln(10), exp(-1) and pi. A decimal comma is fine.",
    list: "Write (3, 1), or 3, 1, with commas between. A single one is (4,), and None stands for nothing. Decimals have points.",
  },
}
const words = WORDS[document.documentElement.lang] ?? WORDS.en

/* What a reader may type */

const LONGEST = 200
const VALUES = { pi: Math.PI, e: Math.E, inf: Infinity, infinity: Infinity, nan: NaN, true: true, false: false, none: null }
const FUNCTIONS = { sqrt: Math.sqrt, exp: Math.exp, ln: Math.log, log: Math.log, log2: Math.log2, log10: Math.log10, abs: Math.abs }
const LISTS = ["tuple", "list", "size", "tensor"] // torch.Size([3, 1]) is what it holds
const TOKENS = /(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[a-z]\w*|\*\*|\S/g

/** The value of what is typed; raises an Error that says what can be typed. */
export function parse(typed, kind) {
  if (typed.length > LONGEST) throw new Error(words.long)
  const text = typed
    .replace(/[⁻⁰¹²³⁴-⁹]+/g, digits => `^(${digits.normalize("NFKC")})`)
    .replace(/\p{No}/gu, "?") // 1½ would become 11/2
    .normalize("NFKC")
    .replace(/[−‐‑–—]/g, "-")
    .replace(/[×·⋅∙]/g, "*")
    .replace(/[÷⁄∕]/g, "/")
    .replace(/√/g, "sqrt ")
    .replace(/π/g, "pi")
    .replace(/∞/g, "inf")
  if (kind == "name") return name(text)
  if (kind == "names") return text.replace(/[[\](){}]/g, "").split(",").map(name).filter(Boolean)
  const plain = text.toLowerCase().replace(/\b(math|np|numpy|torch)\./g, "")
  const value = kind == "list" ? evaluate(plain, words.list) : evaluate(decimal(plain), words.number)
  if (kind == "number" && Array.isArray(value)) throw new Error(words.one)
  if (kind == "list" && typeof value == "number") throw new Error(words.list)
  return value
}

const name = text => text.trim().replace(/^(["'`])(.*)\1$/, "$2")

function decimal(text) {
  if (/^\s*[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?\s*$/.test(text)) throw new Error(words.comma)
  return text.replace(/(\d),(?=\d)/g, "$1.")
}

function evaluate(text, unreadable) {
  const tokens = text.match(TOKENS) ?? []
  const next = () => tokens.shift()
  const takes = (...signs) => (signs.includes(tokens[0]) ? next() : undefined)
  const fail = () => {
    throw new Error(unreadable)
  }
  const number = value => (typeof value == "number" ? value : fail())

  /** What stands until `end`: a list if there is a comma, or nothing. */
  function inside(end, list = tokens[0] == end) {
    const values = []
    while (tokens[0] != end) {
      values.push(sum())
      if (tokens[0] == end) break
      if (next() != ",") fail()
      list = true
    }
    next()
    return list ? values : values[0]
  }

  function sum() {
    let value = product()
    for (let sign; (sign = takes("+", "-")); ) {
      const other = number(product())
      value = number(value) + (sign == "+" ? other : -other)
    }
    return value
  }

  function product() {
    let value = signed()
    for (let sign; (sign = takes("*", "/")); ) {
      const other = number(signed())
      value = sign == "*" ? number(value) * other : number(value) / other
    }
    return value
  }

  function signed() {
    const sign = takes("+", "-")
    if (!sign) return power()
    const value = number(signed())
    return sign == "-" ? -value : value
  }

  function power() {
    let value = atom()
    while (takes("%")) value = number(value) / 100
    return takes("^", "**") ? number(value) ** number(signed()) : value
  }

  function atom() {
    const token = next() ?? fail()
    if (/[\d.]/.test(token[0]) && token != ".") return Number(token)
    if (token == "(") return inside(")")
    if (token == "[") return inside("]", true)
    if (Object.hasOwn(VALUES, token)) return VALUES[token]
    if (LISTS.includes(token) && tokens[0] == "(") return atom()
    return Object.hasOwn(FUNCTIONS, token) ? FUNCTIONS[token](number(atom())) : fail()
  }

  return inside(undefined)
}

/* What the check says of it */

/** 0 for right answers, the number of the hint that fits wrong ones, or -1.

    Raises a RangeError with the name of an answer that is missing. */
export function verdict(tree, answers) {
  while (typeof tree == "object") {
    const given = answerTo(tree.of, answers)
    const found = "relative" in tree ? nearest(tree, given) : tree.cases.find(([right]) => equal(tree.sorted ? [...given].sort() : given, right))
    tree = found ? found[1] : tree.else
  }
  return tree
}

function answerTo(of, answers) {
  if (Array.isArray(of)) return of.map(each => answerTo(each, answers))
  if (of.name) {
    const whole = answerTo(of.name, answers)
    return Array.isArray(whole) && whole.length == of.count ? whole[of.at] : NaN
  }
  if (answers[of] === undefined) throw new RangeError(of)
  return answers[of]
}

function nearest({ cases, relative, absolute }, answer) {
  const given = (Array.isArray(answer) ? answer : [answer]).map(asNumber)
  const near = (one, other) => {
    const limit = Math.max(relative * Math.max(Math.abs(one), Math.abs(other)), absolute)
    return one === other || (Number.isFinite(one - other) && Math.abs(one - other) <= limit)
  }
  let found, least
  for (const each of cases) {
    const numbers = each[0].map(Number) // one may be "Infinity"
    if (numbers.length != given.length || !numbers.every((number, at) => near(given[at], number))) continue
    const apart = numbers.reduce((sum, number, at) => sum + Math.abs(given[at] - number), 0)
    if (!found || apart < least) [found, least] = [each, apart]
  }
  return found
}

function asNumber(value) {
  while (Array.isArray(value) && value.length == 1) [value] = value
  return typeof value == "number" ? value : NaN
}

const equal = (one, other) =>
  Array.isArray(one) && Array.isArray(other)
    ? one.length == other.length && one.every((part, at) => equal(part, other[at]))
    : one === other

/* The form */

const page = location.pathname.split("/").pop().replace(".html", "")

/** Labels of exercises that were solved in this browser; told to nobody. */
function solved(label) {
  const labels = new Set()
  try {
    for (const each of JSON.parse(localStorage.getItem("solved") ?? "[]")) labels.add(each)
    if (label) localStorage.setItem("solved", JSON.stringify([...labels.add(label)]))
  } catch {}
  return labels
}

class Answer extends HTMLElement {
  connectedCallback() {
    const { kinds, tree } = JSON.parse(atob(this.dataset.check))
    const fields = Object.entries(kinds).map(([name, kind]) => `<label><code>${name}</code> ${field(name, kind)}</label>`)
    this.innerHTML = `<form novalidate>${fields.join("")}<button>${words.check}</button><output aria-live="polite"></output></form>`
    this.label = `${page}#${this.dataset.label}`
    this.hints = this.parentElement.querySelector("details.hint")
    this.querySelector("form").addEventListener("submit", event => {
      event.preventDefault()
      this.check(kinds, tree)
    })
    if (solved().has(this.label)) this.tick()
    this.hidden = false
  }

  check(kinds, tree) {
    const inputs = [...this.querySelectorAll("input, select")]
    const answers = {}
    this.mark(0)
    for (const input of inputs) input.removeAttribute("aria-invalid")
    for (const input of inputs) {
      if (!input.value.trim()) continue
      try {
        answers[input.name] = parse(input.value, kinds[input.name])
      } catch (error) {
        return this.ask(input, error.message)
      }
    }
    let hint
    try {
      hint = verdict(tree, answers)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      const empty = inputs.find(input => !(input.name in answers))
      return this.ask(empty, words.empty(empty.name))
    }
    if (hint == 0) {
      solved(this.label)
      this.tick()
    }
    this.mark(hint)
    this.say(hint == 0 ? words.right : hint > 0 ? words.hint : words.wrong, hint == 0 ? "right" : "wrong")
  }

  ask(input, message) {
    input.setAttribute("aria-invalid", "true")
    input.focus()
    this.say(message, "unread")
  }

  say(message, of) {
    const output = this.querySelector("output")
    output.textContent = message
    output.className = of
  }

  mark(hint) {
    for (const [at, item] of this.hints.querySelectorAll("li").entries())
      if (at + 1 == hint) item.setAttribute("aria-current", "true")
      else item.removeAttribute("aria-current")
    if (hint > 0) this.hints.open = true
  }

  tick() {
    const box = this.parentElement
    if (!box.querySelector(".tick"))
      box.querySelector("strong").insertAdjacentHTML("afterend", ` <span class="tick" role="img" aria-label="${words.solved}">✓</span>`)
  }
}

function field(name, kind) {
  if (kind != "truth") return `<input name="${name}" class="${kind}" inputmode="text" autocomplete="off" autocapitalize="off" spellcheck="false">`
  return `<select name="${name}"><option value="">${words.choose}</option><option>False</option><option>True</option></select>`
}

customElements.define("theta-answer", Answer)
