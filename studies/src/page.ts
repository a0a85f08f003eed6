/** Learning in a page of a real Chromium: frames that it draws, while a Worker learns from a WebSocket. */
import { type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SpikewardError } from '@spikeward/core'
import { build } from 'esbuild'
import { markdownTable } from 'markdown-table'
import { chromium } from 'playwright'
import { WebSocketServer } from 'ws'
import { chromiumPath, pageFlags } from '../../scripts/lib/chromium.ts'
import { root } from './stored.js'
import { type Study, columns } from './tools.js'

/** The frames of a page over some seconds; times are in milliseconds. */
export interface PageRow {
  /** Samples a second that the WebSocket sends; 0: the Worker waits. */
  readonly rate: number
  readonly hidden: readonly number[]
  readonly seconds: number
  readonly sent: number
  /** Samples that were predicted and learned, in the order in which they were sent. */
  readonly learned: number
  readonly frames: number
  /** The longest time between two frames, and tasks of the main thread of more than 50 ms. */
  readonly gap: number
  readonly longTasks: number
  /** From the sending of a sample until it is learned: median and 99th percentile; null without samples. */
  readonly p50: number | null
  readonly p99: number | null
}

/** The Worker: learns from the socket, and reports once a frame, or when no message waits. */
const WORKER = `import { learnStream } from '@spikeward/experiment'
import { socketSamples } from '@spikeward/train'
const sent = []
const samples = socketSamples(new WebSocket('ws://' + location.host), (message) => {
  const { at, x, y } = JSON.parse(message)
  sent.push(at)
  return { x, y }
})
const hidden = new URL(location.href).searchParams.get('hidden').split(',').map(Number)
let [news, last, learned] = [[], 0, 0]
for await (const { index, prediction, y } of learnStream(samples, { inputs: 3, outputs: 3, hidden, delays: 1 })) {
  if (index !== learned++) throw new Error('a sample is lost')
  const now = performance.timeOrigin + performance.now()
  news.push([now - sent.shift(), prediction[0], y[0]])
  if (now - last < 16 && sent.length > 0) continue
  postMessage({ news, learned })
  ;[news, last] = [[], now]
}
postMessage({ news, learned, ended: true })`

/** The main thread: draws the newest 300 predictions and targets in each frame. */
const PAGE = `<!doctype html><canvas width="600" height="200"></canvas><script type="module">
  const context = document.querySelector('canvas').getContext('2d')
  const worker = new Worker('worker.js' + location.search, { type: 'module' })
  const state = (globalThis.state = { frames: 0, gap: 0, longTasks: 0, delays: [], learned: 0, ended: false, fault: null })
  let [shown, last] = [[], performance.now()]
  worker.onerror = ({ message }) => (state.fault = message)
  worker.onmessage = ({ data }) => {
    Object.assign(state, { learned: data.learned, ended: data.ended === true })
    state.delays.push(...data.news.map(([delay]) => delay))
    shown = [...shown, ...data.news].slice(-300)
  }
  new PerformanceObserver((list) => (state.longTasks += list.getEntries().length)).observe({ type: 'longtask' })
  requestAnimationFrame(function draw(now) {
    state.frames++
    state.gap = Math.max(state.gap, now - last)
    last = now
    context.clearRect(0, 0, 600, 200)
    for (const of of [1, 2]) {
      context.beginPath()
      shown.forEach((one, i) => context.lineTo(2 * i, 100 - 60 * one[of]))
      context.stroke()
    }
    requestAnimationFrame(draw)
  })
</script>`

type PageState = Pick<PageRow, 'frames' | 'gap' | 'longTasks' | 'learned'> & {
  readonly delays: readonly number[]
  readonly ended: boolean
  readonly fault: string | null
}

/** Samples before the frames are counted: code is compiled. */
const WARM = 500
/** Milliseconds between two sends. */
const TICK = 4

const wave = (t: number): number[] => [Math.sin(0.1 * t), Math.sin(0.23 * t), Math.cos(0.31 * t)]
const quantile = (values: readonly number[], share: number): number | null =>
  values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? null

/**
 * Opens a page whose Worker learns from a WebSocket at a rate, and counts its frames.
 *
 * @throws STUDY_COMMAND for an error in the page
 */
export async function measurePage(rate: number, hidden: readonly number[], seconds: number): Promise<PageRow> {
  const bundle = await build({
    ...{ stdin: { contents: WORKER, resolveDir: join(root, 'studies') }, bundle: true, write: false, format: 'esm' },
    ...{ target: 'es2022', platform: 'browser', external: ['webgpu'], logLevel: 'silent' },
  })
  const answer = (response: ServerResponse, type: string, text: string): void =>
    void response.writeHead(200, { 'Content-Type': type }).end(text)
  const http = createServer(({ url = '' }, response) =>
    url.startsWith('/worker.js')
      ? answer(response, 'text/javascript', bundle.outputFiles[0]!.text)
      : answer(response, 'text/html', PAGE),
  )
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const sockets = new WebSocketServer({ server: http })
  const browser = await chromium.launch({ executablePath: chromiumPath, args: pageFlags() })
  let sent = 0
  const send = (): void => {
    const at = performance.timeOrigin + performance.now()
    const text = JSON.stringify({ at, x: wave(sent), y: wave(++sent) })
    for (const socket of sockets.clients) socket.send(text)
  }
  try {
    const page = await browser.newPage()
    const connected = new Promise((resolve) => sockets.once('connection', resolve))
    await page.goto(`http://127.0.0.1:${(http.address() as AddressInfo).port}/?hidden=${hidden.join()}`)
    await connected
    const state = (): Promise<PageState> => page.evaluate<PageState>('state')
    const until = async (isReached: (now: PageState) => boolean): Promise<PageState> => {
      for (;;) {
        const now = await state()
        if (now.fault !== null) throw new SpikewardError('STUDY_COMMAND', `the page failed: ${now.fault}`)
        if (isReached(now)) return now
        await sleep(20)
      }
    }
    if (rate > 0) while (sent < WARM) send()
    await until(({ learned }) => learned === sent)
    await sleep(500)
    await page.evaluate('Object.assign(state, { frames: 0, gap: 0, longTasks: 0, delays: [] })')
    const [begun, first] = [performance.now(), sent]
    while (performance.now() - begun < 1000 * seconds) {
      while (sent - first < (rate * (performance.now() - begun)) / 1000) send()
      await sleep(TICK)
    }
    const { frames, gap, longTasks } = await state()
    const elapsed = (performance.now() - begun) / 1000
    for (const socket of sockets.clients) socket.close()
    const { learned, delays } = await until(({ ended }) => ended)
    return {
      ...{ rate, hidden, seconds: elapsed, sent, learned, frames, gap, longTasks },
      ...{ p50: quantile(delays, 0.5), p99: quantile(delays, 0.99) },
    }
  } finally {
    await browser.close()
    sockets.close()
    http.close()
  }
}

/** Frames of a page beside a Worker that learns. */
export const page: Study<{ readonly rows: readonly PageRow[] }> = {
  name: 'page',
  summary: 'frames a second of a page in Chromium, while its Worker learns from a WebSocket',
  async run({ quick, log }) {
    const rows: PageRow[] = []
    for (const rate of [0, 100, 1000, 2000]) {
      const row = await measurePage(rate, [128, 128], quick ? 3 : 30)
      rows.push(row)
      log(`${rate} samples a second: ${(row.frames / row.seconds).toFixed(1)} frames a second`)
    }
    return { rows }
  },
  table: ({ rows }) =>
    markdownTable(
      columns(rows, {
        'samples a second': (r) => (r.rate === 0 ? 'none, the Worker waits' : String(r.rate)),
        seconds: (r) => r.seconds.toFixed(0),
        'sent, learned': (r) => `${r.sent}, ${r.learned}`,
        'frames a second': (r) => (r.frames / r.seconds).toFixed(1),
        'longest gap, ms': (r) => r.gap.toFixed(0),
        'tasks above 50 ms': (r) => String(r.longTasks),
        'median until learned, ms': (r) => r.p50?.toFixed(1) ?? '',
        'p99, ms': (r) => r.p99?.toFixed(1) ?? '',
      }),
    ),
}
