/**
 * Drawing in a page.
 *
 * @module page
 */
import { Error as errorsOnly, View, parse } from 'vega'
import { compile } from 'vega-lite'
import type { FigureSpec } from './figureSpec.js'

/** A figure in a page. */
export type ShownFigure = {
  /** Draws another specification in the same place. */
  update(spec: FigureSpec): Promise<void>
  /** Removes the figure from the page. */
  dispose(): void
}

/** How a figure is drawn in a page. */
export type ShowOptions = {
  /** Default: `canvas`. */
  readonly renderer?: 'canvas' | 'svg'
  /** Describes the figure for screen readers. */
  readonly label: string
}

/**
 * Draws a figure into an element, replacing its content, and resolves when the figure is drawn.
 *
 * @example
 * const shown = await showFigure(document.querySelector('#loss')!, lossSpec(losses), { label: 'loss over the steps' })
 */
export async function showFigure(
  place: HTMLElement,
  spec: FigureSpec,
  { renderer = 'canvas', label }: ShowOptions,
): Promise<ShownFigure> {
  const draw = async (next: FigureSpec): Promise<View> => {
    const view = new View(parse(compile(next).spec), { renderer, container: place, hover: false, logLevel: errorsOnly })
    await view.runAsync()
    // Vega gives the element the role of a document with parts; screen readers should treat a figure as one image.
    place.setAttribute('role', 'img')
    place.setAttribute('aria-label', label)
    return view
  }
  let view = await draw(spec)
  return {
    async update(next) {
      view.finalize()
      view = await draw(next)
    },
    dispose() {
      view.finalize()
      place.replaceChildren()
    },
  }
}
