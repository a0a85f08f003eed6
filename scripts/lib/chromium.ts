/** How tests start Chromium: with as little as they need. */

/** The program; the variable CHROMIUM names another one. */
export const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/**
 * Features that are off. Of several lists Chromium reads the last, so that those which Playwright turns off are named
 * again; then the pages of the address bar's menus, which each new window loads, and processes kept for later pages.
 */
const disabledFeatures = [
  ...['AimEnabled', 'AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose', 'HttpsUpgrades'],
  ...['HttpsFirstBalancedModeAutoEnable', 'LensOverlay', 'MediaRouter', 'NetworkTimeServiceQuerying'],
  ...['OptimizationHints', 'PaintHolding', 'PreconnectToSearch', 'ThirdPartyStoragePartitioning'],
  ...['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup', 'SpareRendererForSitePerProcess'],
]

/** Flags of every browser; `off` are further features that are off. */
export const chromiumFlags = (off: readonly string[] = []): string[] => [
  ...['--no-sandbox', '--no-first-run', '--disable-quic'],
  `--disable-features=${[...disabledFeatures, ...off].join(',')}`,
]

/**
 * Flags of a browser for pages that need no WebGPU. The processor draws them and puts their layers together: the
 * graphics device, which here is a renderer in software, takes more of its time for the same.
 */
export const pageFlags = (): string[] => [...chromiumFlags(['WebGPU']), '--disable-gpu']

/**
 * A further flag for tests: V8 compiles JavaScript without optimisation. Their pages live for seconds, in which
 * optimised code costs more processor time than it saves. WebAssembly is still optimised.
 */
export const withoutOptimiser = '--js-flags=--no-maglev,--no-opt'

/** Further flags for WebGPU: without them a headless Chromium has none, and a canvas loses its context. */
export const webgpuFlags = [
  ...['--enable-unsafe-webgpu', '--use-angle=swiftshader', '--enable-features=Vulkan', '--use-vulkan=swiftshader'],
]
