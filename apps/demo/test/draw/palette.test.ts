import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Palette, palettes } from '@spikeward/plots'

const css = readFileSync(new URL('../../src/styles/tokens.css', import.meta.url), 'utf8')

/** The colour tokens of the rule that contains `scheme`. */
function tokensOf(scheme: string): Record<string, string> {
  const [, body = ''] = css.split(`color-scheme: ${scheme};`)
  const rule = body.slice(0, body.indexOf('}'))
  return Object.fromEntries(
    [...rule.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name!, value!]),
  )
}

/** The tokens that figures share with the page. */
const shared = ({ background, ink, quiet, line, under, even, over, series }: Palette): Record<string, string> => ({
  card: background,
  ink,
  quiet,
  line,
  under,
  even,
  over,
  ...Object.fromEntries(series.map((colour, i) => [`contender-${i}`, colour])),
})

describe('the palette of the figures', () => {
  test.each(['light', 'dark'] as const)('has the colours of the %s page', (scheme) => {
    expect(tokensOf(scheme)).toMatchObject(shared(palettes[scheme]))
  })
})
