import { type FigureOptions, type FigureSpec, figure, paletteOf } from '../figureSpec.js'
import { extent } from './scales.js'

/** Predictions and their targets; `value` names the quantity, such as `yield [%]`. */
export type Parity = {
  readonly target: ArrayLike<number>
  readonly prediction: ArrayLike<number>
  readonly value?: string
}

/** Each prediction over its target; points on the line are exact. For functions of many inputs. */
export function paritySpec({ target, prediction, value }: Parity, options: FigureOptions = {}): FigureSpec {
  const { quiet, series } = paletteOf(options)
  const [low, high] = extent([...extent(target), ...extent(prediction)])
  const axis = (field: string, title: string): object => ({
    field,
    type: 'quantitative',
    title,
    scale: { domain: [low, high], nice: false, zero: false },
  })
  const of = (what: string): string => (value === undefined ? what : `${value}, ${what}`)
  const place = { x: axis('x', of('target')), y: axis('y', of('prediction')) }
  return figure(options, {
    width: 320,
    height: 320,
    layer: [
      {
        data: { values: [low, high].map((v) => ({ x: v, y: v })) },
        mark: { type: 'line', color: quiet, strokeDash: [5, 3] },
        encoding: place,
      },
      {
        data: { values: Array.from({ length: target.length }, (_, i) => ({ x: target[i], y: prediction[i] })) },
        mark: { type: 'circle', opacity: 0.6, size: 24, color: series[0] },
        encoding: place,
      },
    ],
  })
}
