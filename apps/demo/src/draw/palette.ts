import { token } from '../theme.svelte.js'
import { colour } from './colour.js'
import type { Palette } from './surface.js'

/** The colours of pictures in the theme of the page. */
export const palette = (): Palette => ({
  over: colour(token('--over')),
  even: colour(token('--even')),
  under: colour(token('--under')),
  ink: colour(token('--ink')),
})
