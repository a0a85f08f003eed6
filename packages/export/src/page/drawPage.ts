/** The facts of a network as a module has them. */
export type PageFacts = {
  readonly title: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly domain: readonly (readonly [number, number])[]
  readonly sensors?: readonly (readonly number[])[]
  readonly points?: readonly (readonly number[])[]
}

/** `predict` of a module: of points, or of an input function at points. */
export type PagePredict = (
  input:
    | readonly (readonly number[])[]
    | { readonly input: readonly number[]; readonly points?: readonly (readonly number[])[] },
) => readonly (readonly number[])[]

/**
 * Fills a page with the sliders and the picture of a network. Its text is put into exported pages, so that it uses
 * nothing from outside: the element types of a page, and its arguments.
 *
 * With one axis the picture is a curve, else a map over two axes, first on few points and then on more. The other axes
 * are sliders, and so are the coordinates of the point whose value is shown. An operator has sliders for its input
 * function too.
 */
export function drawPage(predict: PagePredict, network: PageFacts): void {
  const { title, inputs, outputs, domain, sensors, points } = network
  const axes = inputs.length
  const state = { shape: 0, amplitude: 1, position: 0.5, waves: 1, offset: 0, output: 0, across: 0, up: 1 }
  type Chosen = keyof typeof state
  const point = domain.map(([low, high]) => (low + high) / 2)
  const make = <K extends keyof HTMLElementTagNameMap>(
    tag: K,
    into: Element,
    set: Partial<HTMLElementTagNameMap[K]> = {},
  ): HTMLElementTagNameMap[K] => into.appendChild(Object.assign(document.createElement(tag), set))
  const short = (v: number): string => String(Number(v.toPrecision(4)))

  document.title = title
  const main = make('main', document.body)
  make('h1', main, { textContent: title })
  const figure = make('figure', main)
  const inputCanvas = sensors === undefined ? null : make('canvas', figure, { width: 720, height: 160 })
  const canvas = make('canvas', figure, { width: 720, height: 480 })
  for (const one of [inputCanvas, canvas]) one?.setAttribute('role', 'img')
  const caption = make('output', make('figcaption', figure))
  const controls = make('form', main)

  let due = 0
  const changed = (): void => {
    due++
    delete canvas.dataset['points']
    const mine = due
    requestAnimationFrame(() => mine === due && refine(mine, 24))
  }
  const choose = (name: string, of: Chosen, values: readonly string[]): void => {
    if (values.length < 2) return
    const select = make('select', make('label', controls, { textContent: `${name} ` }), { name })
    values.forEach((text, i) =>
      make('option', select, { textContent: text, value: String(i), selected: i === state[of] }),
    )
    select.onchange = () => {
      state[of] = Number(select.value)
      changed()
    }
  }
  const slide = (
    name: string,
    [low, high]: readonly [number, number],
    start: number,
    set: (value: number) => void,
  ): void => {
    const label = make('label', controls, { textContent: `${name} ` })
    const range = make('input', label, { type: 'range', name })
    Object.assign(range, { min: low, max: high, step: (high - low) / 200, value: start })
    const shown = make('output', label, { textContent: short(start) })
    range.oninput = () => {
      set(Number(range.value))
      shown.textContent = short(Number(range.value))
      changed()
    }
  }
  const shaped = (of: Chosen, name: string, range: readonly [number, number]): void =>
    slide(name, range, state[of], (value) => (state[of] = value))

  const shapes = ['sine', 'bump', 'step'] as const
  if (sensors !== undefined) {
    choose('input function', 'shape', shapes)
    shaped('amplitude', 'amplitude', [-2, 2])
    shaped('position', 'position', [0, 1])
    shaped('waves', 'waves, or 1 / width', [0.5, 8])
    shaped('offset', 'offset', [-2, 2])
  }
  choose('output', 'output', outputs)
  if (axes > 2 && points === undefined) {
    choose('across', 'across', inputs)
    choose('up', 'up', inputs)
  }
  if (points === undefined)
    inputs.forEach((name, a) => slide(name, domain[a]!, point[a]!, (value) => (point[a] = value)))

  const ranges = (rows: readonly (readonly number[])[]): [number, number][] =>
    rows[0]!.map((_, a) => [Math.min(...rows.map((r) => r[a]!)), Math.max(...rows.map((r) => r[a]!))])
  const inside = (v: number, [low, high]: readonly [number, number]): number =>
    high > low ? (v - low) / (high - low) : 0
  const span = sensors === undefined ? [] : ranges(sensors)
  /** The values of the chosen input function, by the places of its sensors in [0, 1]. */
  const inputValues = (): number[] =>
    (sensors ?? []).map((at) => {
      const s = at.map((v, a) => inside(v, span[a]!))
      const { amplitude, position, waves, offset } = state
      const chosen = shapes[state.shape]
      if (chosen === 'bump')
        return amplitude * Math.exp(-((4 * waves * Math.hypot(...s.map((v) => v - position))) ** 2)) + offset
      if (chosen === 'step') return (s[0]! < position ? 0 : amplitude) + offset
      return amplitude * Math.sin(2 * Math.PI * waves * (s.reduce((x, y) => x + y, 0) - position + 0.5)) + offset
    })
  const valuesAt = (rows: readonly (readonly number[])[]): number[] => {
    const input =
      sensors === undefined
        ? rows
        : points === undefined
          ? { input: inputValues(), points: rows }
          : { input: inputValues() }
    return predict(input).map((row) => row[state.output]!)
  }

  const style = getComputedStyle(document.documentElement)
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim()
  const rgb = (hex: string): number[] => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16))
  const [left, bottom, right, top] = [64, 40, 16, 12]
  const frameOf = (
    on: HTMLCanvasElement,
    x: readonly [number, number],
    y: readonly [number, number],
    names: readonly string[],
  ) => {
    const c = on.getContext('2d')!
    const [w, h] = [on.width - left - right, on.height - top - bottom]
    c.clearRect(0, 0, on.width, on.height)
    c.fillStyle = colour('quiet')
    c.strokeStyle = colour('line')
    c.font = '14px system-ui, sans-serif'
    c.strokeRect(left, top, w, h)
    c.textBaseline = 'top'
    ;[x[0], (x[0] + x[1]) / 2, x[1]].forEach((v, i) => {
      c.textAlign = (['left', 'center', 'right'] as const)[i]!
      c.fillText(i === 1 ? names[0]! : short(v), left + (i * w) / 2, top + h + 8)
    })
    c.textAlign = 'right'
    ;[y[1], y[0]].forEach((v, i) => {
      c.textBaseline = i === 0 ? 'top' : 'bottom'
      c.fillText(short(v), left - 8, top + i * h)
    })
    c.textBaseline = 'middle'
    c.fillText(names[1]!, left - 8, top + h / 2)
    return { c, w, h }
  }
  const curve = (
    on: HTMLCanvasElement,
    xs: readonly number[],
    ys: readonly number[],
    names: readonly string[],
    series: string,
  ): void => {
    const [x, y] = ranges(xs.map((v, i) => [v, ys[i]!])) as [[number, number], [number, number]]
    if (y[0] === y[1]) [y[0], y[1]] = [y[0] - 1, y[1] + 1]
    const { c, w, h } = frameOf(on, x, y, names)
    const place = (v: number, u: number): [number, number] => [left + inside(v, x) * w, top + (1 - inside(u, y)) * h]
    c.strokeStyle = colour(series)
    c.lineWidth = 2
    c.beginPath()
    xs.forEach((v, i) => c.lineTo(...place(v, ys[i]!)))
    c.stroke()
    on.setAttribute('aria-label', `${names[1]!} over ${names[0]!}, from ${short(y[0])} to ${short(y[1])}`)
    if (on !== canvas || points !== undefined) return
    const [px] = place(point[0]!, 0)
    c.fillStyle = colour(series)
    c.fillRect(px - 0.5, top, 1, h)
  }
  /** Colours from `under` over `even` at 0 to `over`; of values of one sign, from `even` on. */
  const map = (
    values: readonly number[],
    nx: number,
    ny: number,
    x: [number, number],
    y: [number, number],
    names: readonly string[],
  ): void => {
    const [low, high] = [Math.min(...values), Math.max(...values)]
    const scale = Math.max(Math.abs(low), Math.abs(high)) || 1
    const [under, even, over] = ['under', 'even', 'over'].map((name) => rgb(colour(name))) as [
      number[],
      number[],
      number[],
    ]
    const pixels = new ImageData(nx, ny)
    values.forEach((v, i) => {
      const [far, t] = [v < 0 ? under : over, Math.abs(v) / scale]
      const at = 4 * ((ny - 1 - Math.floor(i / nx)) * nx + (i % nx))
      for (let k = 0; k < 3; k++) pixels.data[at + k] = even[k]! + t * (far[k]! - even[k]!)
      pixels.data[at + 3] = 255
    })
    const { c, w, h } = frameOf(canvas, x, y, names)
    const small = Object.assign(document.createElement('canvas'), { width: nx, height: ny })
    small.getContext('2d')!.putImageData(pixels, 0, 0)
    c.drawImage(small, left, top, w, h)
    const name = outputs[state.output]!
    canvas.setAttribute('aria-label', `${name} over ${names.join(' and ')}, from ${short(low)} to ${short(high)}`)
    if (points !== undefined) return
    const [px, py] = names.map((of) => point[inputs.indexOf(of)]!) as [number, number]
    c.strokeStyle = colour('ink')
    c.strokeRect(left + inside(px, x) * w - 5, top + (1 - inside(py, y)) * h - 5, 10, 10)
  }

  /** Draws with n points an axis, then with twice as many, until something has changed. */
  const refine = (mine: number, n: number): void => {
    if (inputCanvas !== null && n === 24) {
      const values = inputValues()
      const order = sensors!.map((at, i) => [at.at(-1)!, values[i]!] as const).sort((a, b) => a[0] - b[0])
      curve(
        inputCanvas,
        order.map(([v]) => v),
        order.map(([, v]) => v),
        ['sensor', 'input'],
        'series2',
      )
    }
    const name = outputs[state.output]!
    const lined = (a: number, count: number): number[] =>
      Array.from({ length: count }, (_, i) => domain[a]![0] + ((domain[a]![1] - domain[a]![0]) * i) / (count - 1))
    let last = true
    if (points !== undefined) {
      const values = valuesAt([])
      const unique = (a: number): number[] => [...new Set(points.map((p) => p[a]!))].sort((p, q) => p - q)
      const [xs, ys] = [unique(0), axes > 1 ? unique(1) : []]
      if (axes === 1)
        curve(
          canvas,
          xs,
          points
            .map((p, i) => [p[0]!, values[i]!] as const)
            .sort((a, b) => a[0] - b[0])
            .map(([, v]) => v),
          [inputs[0]!, name],
          'series1',
        )
      else {
        const image = new Array<number>(xs.length * ys.length).fill(0)
        points.forEach((p, i) => (image[ys.indexOf(p[1]!) * xs.length + xs.indexOf(p[0]!)] = values[i]!))
        map(image, xs.length, ys.length, [xs[0]!, xs.at(-1)!], [ys[0]!, ys.at(-1)!], inputs.slice(0, 2))
      }
    } else {
      if (axes === 1) {
        const xs = lined(0, 257)
        curve(canvas, xs, valuesAt(xs.map((x) => [x])), [inputs[0]!, name], 'series1')
      } else {
        const [a, b] = axes > 2 ? [state.across, state.up] : [0, 1]
        const [xs, ys] = [lined(a, n), lined(b, n)]
        const rows = ys.flatMap((y) => xs.map((x) => point.map((v, i) => (i === a ? x : i === b ? y : v))))
        map(valuesAt(rows), n, n, [...domain[a]!], [...domain[b]!], [inputs[a]!, inputs[b]!])
        last = n >= 96
      }
    }
    const label = canvas.getAttribute('aria-label')!
    const place = inputs.map((input, i) => `${input} = ${short(point[i]!)}`).join(', ')
    caption.textContent =
      points === undefined ? `${name}(${place}) = ${valuesAt([point])[0]!.toPrecision(6)}; ${label}` : label
    canvas.dataset['points'] = String(n)
    if (!last) setTimeout(() => mine === due && refine(mine, 2 * n), 30)
  }
  changed()
}
