import { type Colour, between } from './colour.js'
import { type Palette, type Picture, type Surface, FULL, NET, TALL, rangeOf } from './surface.js'

/** The largest number of faces along each side: more take longer to paint than a frame. */
const FACES = 40

/** A piece of the picture with its distance from the eye: far ones are painted first. */
type Piece = { readonly depth: number; readonly paint: () => void }

type Vertex = { readonly x: number; readonly y: number; readonly depth: number }

/**
 * The surface on a 2D canvas, for browsers without WebGPU: faces and lines of the net, projected by the same camera as
 * on the GPU and painted from far to near.
 *
 * @returns null if the canvas has no 2D context
 */
export function makeSurface2d(canvas: HTMLCanvasElement): Surface | null {
  const context = canvas.getContext('2d')
  if (context === null) return null
  let shown: Picture = { rows: 0, columns: 0, outputs: 1, target: new Float32Array() }
  let before = new Float32Array()
  let after = new Float32Array()

  return {
    show(picture) {
      shown = picture
      before = new Float32Array(picture.target.length)
      after = new Float32Array(picture.target.length)
    },
    predict(heights) {
      // Only a device copies heights to its buffers.
      if (typeof heights === 'function' || heights.length !== after.length) return
      before = after
      after = heights.slice()
    },
    draw({ camera: { view }, palette, component }, share) {
      const { width, height } = canvas
      const { rows, columns, outputs, target } = shown
      if (target.length === 0 || width === 0 || height === 0) return
      const { middle, range } = rangeOf(shown, component)
      const lift = (y: number): number => ((y - middle) * TALL) / range
      const at = (i: number, j: number): number => (i * columns + j) * outputs + component
      const value = (i: number, j: number): number => before[at(i, j)]! + (after[at(i, j)]! - before[at(i, j)]!) * share
      const place = (i: number, j: number, y: number): Vertex => {
        const [x, z] = [(2 * i) / (rows - 1) - 1, (2 * j) / (columns - 1) - 1]
        const clip = (r: number): number => view[r]! * x + view[4 + r]! * lift(y) + view[8 + r]! * z + view[12 + r]!
        const w = clip(3)
        return { x: (0.5 + clip(0) / w / 2) * width, y: (0.5 - clip(1) / w / 2) * height, depth: w }
      }
      const pieces: Piece[] = []
      const [di, dj] = [strideOf(rows), strideOf(columns)]
      for (let i = 0; i < rows - 1; i += di) {
        for (let j = 0; j < columns - 1; j += dj) {
          const [k, l] = [Math.min(rows - 1, i + di), Math.min(columns - 1, j + dj)]
          const corners = [
            place(i, j, value(i, j)),
            place(k, j, value(k, j)),
            place(k, l, value(k, l)),
            place(i, l, value(i, l)),
          ]
          const error = (value(i, j) - target[at(i, j)]! + value(k, l) - target[at(k, l)]!) / 2 / (FULL * range)
          const slopeX = (lift(value(k, j)) - lift(value(i, j))) / ((2 * (k - i)) / (rows - 1))
          const slopeZ = (lift(value(i, l)) - lift(value(i, j))) / ((2 * (l - j)) / (columns - 1))
          const fill = css(lit(tint(error, palette), slopeX, slopeZ))
          pieces.push({ depth: mean(corners), paint: () => face(context, corners, fill) })
        }
      }
      const ink = css(palette.ink)
      const line = (from: Vertex, to: Vertex): void => {
        // In front of the face at the same place.
        const depth = mean([from, to]) - 0.02
        pieces.push({ depth, paint: () => stroke(context, from, to, ink, width) })
      }
      const [ni, nj] = [Math.max(1, Math.round((rows - 1) / NET)), Math.max(1, Math.round((columns - 1) / NET))]
      const goal = (i: number, j: number): Vertex => place(i, j, target[at(i, j)]!)
      for (let i = 0; i < rows; i += ni) for (let j = 0; j + dj < columns; j += dj) line(goal(i, j), goal(i, j + dj))
      for (let j = 0; j < columns; j += nj) for (let i = 0; i + di < rows; i += di) line(goal(i, j), goal(i + di, j))

      context.clearRect(0, 0, width, height)
      for (const { paint } of pieces.sort((a, b) => b.depth - a.depth)) paint()
    },
    dispose() {
      context.clearRect(0, 0, canvas.width, canvas.height)
    },
  }
}

const strideOf = (n: number): number => Math.max(1, Math.ceil((n - 1) / FACES))
const mean = (corners: readonly Vertex[]): number => corners.reduce((sum, c) => sum + c.depth, 0) / corners.length
const css = (colour: Colour): string =>
  `rgb(${colour.map((c) => Math.round(255 * Math.max(0, Math.min(1, c)))).join(' ')})`

/** The colour of an error, as in the shader. */
function tint(error: number, { under, even, over }: Palette): Colour {
  const e = Math.max(-1, Math.min(1, error))
  const s = Math.max(0, Math.min(1, (Math.abs(e) - 0.03) / 0.97))
  return between(even, e > 0 ? over : under, s * s * (3 - 2 * s))
}

/** Lit by the sun of the shader, without its shine. */
function lit(base: Colour, slopeX: number, slopeZ: number): Colour {
  const length = Math.hypot(slopeX, 1, slopeZ)
  const [x, y, z] = [-slopeX / length, 1 / length, -slopeZ / length]
  const sun = Math.hypot(0.5, 1, 0.35)
  const light = 0.34 + 0.2 * (0.5 + 0.5 * y) + 0.55 * Math.max(0, (0.5 * x + y + 0.35 * z) / sun)
  return [base[0] * light, base[1] * light, base[2] * light]
}

function face(context: CanvasRenderingContext2D, corners: readonly Vertex[], fill: string): void {
  context.beginPath()
  for (const { x, y } of corners) context.lineTo(x, y)
  context.closePath()
  context.fillStyle = fill
  context.fill()
  // Closes the gap between neighbours.
  context.strokeStyle = fill
  context.lineWidth = 1
  context.stroke()
}

function stroke(context: CanvasRenderingContext2D, from: Vertex, to: Vertex, ink: string, width: number): void {
  context.beginPath()
  context.moveTo(from.x, from.y)
  context.lineTo(to.x, to.y)
  context.strokeStyle = ink
  context.globalAlpha = 0.55
  context.lineWidth = Math.max(1, width / 900)
  context.stroke()
  context.globalAlpha = 1
}
