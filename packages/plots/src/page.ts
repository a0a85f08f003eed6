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
  /** Text for those who do not see the figure. */
  readonly label: string
}

/**
 * Draws a figure into an element, in place of what it holds, and resolves when it is drawn.
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
    // Vega gives the place the role of a document with parts; a page reads a figure as one image.
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
