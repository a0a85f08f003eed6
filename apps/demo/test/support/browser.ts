import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright'
import {
  chromiumFlags,
  chromiumPath,
  pageFlags,
  webgpuFlags,
  withoutOptimiser,
} from '../../../../scripts/lib/chromium.js'

/**
 * Debian's Chromium draws pages and 2D canvases on the graphics device, which here is a renderer in software: the
 * processor draws them at half the cost of a whole visit.
 */
const drawing = ['--disable-gpu-rasterization', '--disable-accelerated-2d-canvas']

/** The reason why there is no browser for the tests, or null. */
export const noBrowser = existsSync(chromiumPath)
  ? null
  : 'no chromium on this machine; install it, or name one in CHROMIUM'

/** Starts the browser; `webgpu: false` disables WebGPU, `measured: true` optimises code as a visitor's browser does. */
export const launch = (webgpu: boolean, measured = false): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath,
    args: [
      ...(webgpu ? [...drawing, ...chromiumFlags(), ...webgpuFlags] : pageFlags()),
      ...(measured ? [] : [withoutOptimiser]),
    ],
  })
