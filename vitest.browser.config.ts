/** Tests in a real Chromium: `npx vitest run --config vitest.browser.config.ts`. */
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { alsoInBrowser, browserOnly, sourceCondition, timeouts } from './vitest.shared.js'

/** Without these a headless Chromium has no WebGPU and loses a canvas's context. */
const args = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-angle=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
]

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
    ...timeouts,
    browser: {
      enabled: true,
      headless: true,
      // On a busy machine, Chromium starts slowly.
      connectTimeout: timeouts.hookTimeout,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args } }),
      instances: [{ browser: 'chromium' }],
    },
  },
})
