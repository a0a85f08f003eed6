import type * as os from 'node:os'

type Process = {
  readonly getBuiltinModule?: (id: string) => unknown
  readonly versions?: { readonly node?: string }
  readonly env?: Readonly<Record<string, string | undefined>>
}

/**
 * One line about the machine and the engine: a remembered choice holds while it stays the same. In Node it is the
 * processor, the number of processors, Node's version and the variables SPIKEWARD_…; in a page the browser, the number
 * of processors and whether memory can be shared.
 *
 * @example
 * machineName() // 'AMD EPYC 7763, 2 × x64, linux, node 20.20.2'
 */
export function machineName(): string {
  const { process, navigator, crossOriginIsolated } = globalThis as {
    readonly process?: Process
    readonly navigator?: { readonly userAgent?: string; readonly hardwareConcurrency?: number }
    readonly crossOriginIsolated?: boolean
  }
  const { node } = process?.versions ?? {}
  if (node === undefined) {
    const { userAgent = 'a page', hardwareConcurrency = 1 } = navigator ?? {}
    return `${userAgent}, ${hardwareConcurrency} processors, ${crossOriginIsolated === true ? 'isolated' : 'not isolated'}`
  }
  // There is no import statement, so that bundles for pages do not contain the module.
  const system = process?.getBuiltinModule?.('node:os') as typeof os | undefined
  const settings = Object.entries(process?.env ?? {})
    .filter(([name]) => name.startsWith('SPIKEWARD_'))
    .map(([name, value]) => `${name}=${value ?? ''}`)
    .sort()
  const processor =
    system === undefined
      ? []
      : [
          system.cpus()[0]?.model.trim() ?? 'unknown processor',
          `${system.availableParallelism()} × ${system.arch()}`,
          system.platform(),
        ]
  return [...processor, `node ${node}`, ...settings].join(', ')
}
