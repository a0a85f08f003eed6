/** A page of a real Chromium beside a Worker that learns from a real WebSocket. */
import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { chromiumPath } from '../../scripts/lib/chromium.js'
import { measurePage } from '../src/page.js'

it('draws frames while its Worker learns each sample once, in the order in which they were sent', async (context) => {
  if (!existsSync(chromiumPath)) return context.skip('no chromium on this machine; install it, or name one in CHROMIUM')
  const { sent, learned, frames, p50 } = await measurePage(200, [8], 1)
  expect(learned).toBe(sent)
  expect(sent).toBeGreaterThan(600)
  expect(frames).toBeGreaterThan(0)
  expect(p50).toBeGreaterThan(0)
})

it('says what failed in the page', async (context) => {
  if (!existsSync(chromiumPath)) return context.skip('no chromium on this machine; install it, or name one in CHROMIUM')
  await expect(measurePage(200, [0], 1)).rejects.toThrow(/the page failed.*hidden/)
})
