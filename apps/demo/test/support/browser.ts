import { existsSync } from 'node:fs'
import { chromium } from 'playwright'
import type { Browser } from 'playwright'

/**
 * Debian's Chromium draws pages and 2D canvases on the graphics device, which here is a renderer in software: the processor
 * draws them at half the cost of a whole visit.
 */
const drawing = ['--disable-gpu-rasterization', '--disable-accelerated-2d-canvas']

/** Without these flags a headless Chromium has no WebGPU and loses canvas contexts. */
const args = [
  '--no-sandbox',
  ...drawing,
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

/** The reason why there is no browser for the tests, or null. */
export const noBrowser = existsSync(program) ? null : 'no chromium on this machine; install it, or name one in CHROMIUM'

/** Starts the browser; `webgpu: false` disables WebGPU. */
export const launch = (webgpu: boolean): Promise<Browser> =>
  chromium.launch({
    executablePath: program,
    args: webgpu ? args : ['--no-sandbox', ...drawing, '--disable-features=WebGPU'],
  })
