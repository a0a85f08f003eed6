import { existsSync } from 'node:fs'
import { chromium } from 'playwright'
import type { Browser } from 'playwright'

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

const program = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Why there is no browser to test in, or null. */
export const noBrowser = existsSync(program) ? null : 'no chromium on this machine; install it, or name one in CHROMIUM'

/** Starts it; `webgpu: false` is a browser that has none. */
export const launch = (webgpu: boolean): Promise<Browser> =>
  chromium.launch({ executablePath: program, args: webgpu ? args : ['--no-sandbox', '--disable-features=WebGPU'] })
