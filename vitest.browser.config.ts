/** Tests in a real Chromium: `npx vitest run --config vitest.browser.config.ts`. */
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { chromiumFlags, chromiumPath, webgpuFlags, withoutOptimiser } from './scripts/lib/chromium.js'
import { alsoInBrowser, browserOnly, reporters, sourceCondition, timeouts } from './vitest.shared.js'

/** A page has SharedArrayBuffer only when it is isolated from other origins. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

export default defineConfig({
  resolve: { conditions: [sourceCondition, 'module', 'browser', 'development|production'] },
  server: { headers },
  test: {
    name: 'browser',
    include: [browserOnly, ...alsoInBrowser],
    passWithNoTests: true,
    reporters,
    ...timeouts,
    browser: {
      enabled: true,
      headless: true,
      // On a busy machine, Chromium starts slowly.
      connectTimeout: timeouts.hookTimeout,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: { executablePath: chromiumPath, args: [...chromiumFlags(), ...webgpuFlags, withoutOptimiser] },
      }),
      instances: [{ browser: 'chromium' }],
    },
  },
})
