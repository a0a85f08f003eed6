/** Small files that were made to exhaust their readers. The cost of reading is counted, never timed. */
import { once } from 'node:events'
import { deflateSync } from 'node:zlib'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDataFile } from '../src/node.js'
import { budgetOf } from '../src/node/files/budget.js'
import { csvFile, groupColumns } from '../src/node/files/csvFile.js'
import { hdf5File } from '../src/node/files/hdf5File.js'
import { mat5File } from '../src/node/files/mat5File.js'
import { encodeNpy, parseNpy } from '../src/node/files/npy.js'
import { npzFile } from '../src/node/files/npzFile.js'
import { encodeZip, readZip } from '../src/node/files/zip.js'

let folder = ''
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'spikeward-budget-'))))
afterAll(() => rm(folder, { recursive: true }))

describe('HDF5', () => {
  /** A file whose every group holds links back to the root: paths double at each level, without end. */
  async function cyclic(): Promise<string> {
    const path = join(folder, 'cyclic.h5')
    const h5 = await import('h5wasm/node')
    await h5.ready
    const file = new h5.File(path, 'w')
    for (const name of ['a', 'b', 'c']) {
      const group = file.create_group(name)
      for (const link of ['up', 'again']) file.create_hard_link('/', `${group.path}/${link}`)
    }
    file.create_dataset({ name: 'z', data: Float64Array.of(1, 2, 3) })
    file.close()
    return path
  }

  it('groups that contain one another: follows no more links than the budget, and finds the arrays', async () => {
    const path = await cyclic()
    const { nodes } = budgetOf((await stat(path)).size)
    const file = await hdf5File(path, { matlab: false })
    expect(file.visited).toBe(nodes)
    expect(file.names.get('z')).toEqual([3])
    expect((await file.read('z')).data).toEqual(Float64Array.of(1, 2, 3))
    // A path that listing did not reach is read all the same.
    const deep = `${'a/up/b/again/'.repeat(6)}z`
    expect(file.names.has(deep)).toBe(false)
    expect((await file.read(deep)).data).toEqual(Float64Array.of(1, 2, 3))
    await expect(file.read('none')).rejects.toThrow(/the budget of nodes.*\[DATA_BUDGET\]/)
    await file.close()
  })

  it('an array that takes no room in the file: the budget of memory', async () => {
    const path = join(folder, 'empty.h5')
    const h5 = await import('h5wasm/node')
    await h5.ready
    const made = new h5.File(path, 'w')
    made.create_dataset({ name: 'f', data: Float64Array.of(1), shape: [1], maxshape: [null], chunks: [1024] })
    made.create_dataset({ name: 'small', data: Float64Array.of(1), shape: [1], maxshape: [null], chunks: [1024] })
    ;(made.get('f') as InstanceType<typeof h5.Dataset>).resize([4e9])
    ;(made.get('small') as InstanceType<typeof h5.Dataset>).resize([1e5])
    made.close()
    const file = await openDataFile(path)
    await expect(file.read('f')).rejects.toThrow(/the budget of memory.*\[DATA_BUDGET\]/)
    expect((await file.read('small')).data.length).toBe(1e5)
    await file.close()
  })
})

describe('npy', () => {
  /** An array of one number with this many axes, columns first, in the header of version 2, which may be long. */
  function withAxes(axes: number): Uint8Array {
    const text = `{'descr': '<f8', 'fortran_order': True, 'shape': (${'1,'.repeat(axes)}), }\n`
    const head = Buffer.from('\x93NUMPY\x02\x00\0\0\0\0', 'latin1')
    head.writeUInt32LE(text.length, 8)
    return Buffer.concat([head, Buffer.from(text), Buffer.alloc(8)])
  }

  it('more axes than NumPy has: refused before anything is allocated, in a short message', () => {
    expect(parseNpy(withAxes(64), 'x').shape).toHaveLength(64)
    expect(() => parseNpy(withAxes(65), 'x')).toThrow(/65 axes; the budget of nodes.*is 64 axes.*\[DATA_BUDGET\]/)
    let message = ''
    try {
      parseNpy(withAxes(260_000), 'x')
    } catch (error) {
      message = String(error)
    }
    expect(message).toMatch(/260000 axes.*\[DATA_BUDGET\]/)
    expect(message.length).toBeLessThan(400)
  })
})

describe('npz', () => {
  /** An archive whose directory names its one record `times` times. */
  async function shared(times: number): Promise<Uint8Array> {
    const bytes = Buffer.from(
      await encodeZip(new Map([['a.npy', encodeNpy({ shape: [1], data: Float64Array.of(1) })]])),
    )
    const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
    const start = bytes.readUInt32LE(end + 16)
    const one = bytes.subarray(start, end)
    const copies = Array.from({ length: times }, (_, i) => {
      const copy = Buffer.from(one)
      copy.write(String.fromCharCode(97 + i), 46)
      return copy
    })
    const tail = Buffer.from(bytes.subarray(end))
    tail.writeUInt16LE(times, 8)
    tail.writeUInt16LE(times, 10)
    tail.writeUInt32LE(times * one.length, 12)
    return Buffer.concat([bytes.subarray(0, start), ...copies, tail])
  }

  it('entries that share a record are refused', async () => {
    expect([...(await readZip(await shared(1), 'x')).keys()]).toEqual(['a.npy'])
    const twice = Buffer.from(await shared(2))
    twice.write('a.npy', twice.lastIndexOf('b.npy'), 'latin1')
    await expect(readZip(twice, 'x')).rejects.toThrow(/two of its entries have the name "a.npy".*\[DATA_CORRUPT\]/)
    await expect(readZip(await shared(20), 'x')).rejects.toThrow(
      /share the same bytes.*the budget of memory.*\[DATA_BUDGET\]/,
    )
  })

  it('more entries, more memory, more seconds than the budget', async () => {
    const array = encodeNpy({ shape: [100], data: new Float64Array(100) })
    const bytes = await encodeZip(new Map(Array.from({ length: 5 }, (_, i) => [`${i}.npy`, array])))
    await expect(npzFile(bytes, 'x', { budget: { nodes: 4 } })).rejects.toThrow(/the budget of nodes.*\[DATA_BUDGET\]/)
    await expect(npzFile(bytes, 'x', { budget: { seconds: -1 } })).rejects.toThrow(
      /the budget of seconds.*\[DATA_BUDGET\]/,
    )
    const file = await npzFile(bytes, 'x', { budget: { memory: 799 } })
    await expect(file.read('0')).rejects.toThrow(
      /"0" of \[100\] takes 800 bytes; the budget of memory.*\[DATA_BUDGET\]/,
    )
    expect((await (await npzFile(bytes, 'x', { budget: { memory: 800 } })).read('0')).data.length).toBe(100)
  })

  it('an entry that claims more than deflate can hold', async () => {
    const array = encodeNpy({ shape: [100], data: new Float64Array(100) })
    const bytes = Buffer.from(await encodeZip(new Map([['a.npy', array]])))
    const central = bytes.readUInt32LE(bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1')) + 16)
    bytes.writeUInt32LE(2 ** 30, central + 24)
    const file = await npzFile(bytes, 'x')
    await expect(file.read('a')).rejects.toThrow(/cannot hold 1073741824; the budget of memory.*\[DATA_BUDGET\]/)
  })

  it('a beginning is read without unpacking the rest', async () => {
    // Stored by hand as a deflated entry: 32 MiB of zeros in 32 KiB.
    const path = join(folder, 'zeros.npz')
    const count = 4 * 2 ** 20
    const { deflateRawSync, crc32 } = await import('node:zlib')
    const content = encodeNpy({ shape: [count], data: new Float64Array(count) })
    const packed = deflateRawSync(content)
    const bytes = Buffer.from(await encodeZip(new Map([['z.npy', packed]])))
    const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
    const central = bytes.readUInt32LE(end + 16)
    for (const [method, crc, size] of [
      [8, 14, 22],
      [central + 10, central + 16, central + 24],
    ] as const) {
      bytes.writeUInt16LE(8, method)
      bytes.writeUInt32LE(crc32(content), crc)
      bytes.writeUInt32LE(content.length, size)
    }
    await writeFile(path, bytes)
    const entry = (await readZip(await readFile(path), path)).get('z.npy')!
    expect(entry.size).toBe(content.length)
    expect((await entry.head(512)).length).toBeLessThan(2 ** 20)
    const file = await openDataFile(path)
    expect(file.names.get('z')).toEqual([count])
    expect((await file.read('z')).data.length).toBe(count)
  })
})

describe('MAT, level 5', () => {
  const element = (type: number, data: Buffer): Buffer => {
    const head = Buffer.alloc(8)
    head.writeUInt32LE(type, 0)
    head.writeUInt32LE(data.length, 4)
    return Buffer.concat([head, data, Buffer.alloc(type === 15 ? 0 : (8 - (data.length % 8)) % 8)])
  }
  const words = (...v: number[]): Buffer => Buffer.from(Int32Array.from(v).buffer)

  /** An array of zeros, compressed. */
  const zeros = (name: string, count: number): Buffer =>
    element(
      15,
      deflateSync(
        element(
          14,
          Buffer.concat([
            element(6, words(6, 0)),
            element(5, words(1, count)),
            element(1, Buffer.from(name)),
            element(9, Buffer.alloc(8 * count)),
          ]),
        ),
      ),
    )

  it('unpacks the names of all arrays, and the numbers of the one that is read', () => {
    const head = Buffer.alloc(128)
    head.writeUInt16LE(0x0100, 124)
    head.write('IM', 126)
    const count = 2 ** 20
    const names = Array.from({ length: 12 }, (_, i) => `array${i}`)
    const bytes = Buffer.concat([head, ...names.map((name) => zeros(name, count))])
    const inflated: number[] = []
    const file = mat5File(bytes, 'x', { onInflate: (n) => inflated.push(n) })
    expect([...file.names.keys()]).toEqual(names)
    expect(inflated).toHaveLength(12)
    // 1024 bytes of each, by the factor of deflate; whole, each array takes 8 MiB.
    expect(Math.max(...inflated)).toBeLessThanOrEqual(1032 * 1025)
    inflated.length = 0
    return file.read('array7').then(({ data }) => {
      expect(data.length).toBe(count)
      expect(inflated).toHaveLength(1)
      expect(inflated[0]).toBeLessThan(8 * count + 1024)
    })
  })

  it('a compressed name of a hundred kilobytes', () => {
    const head = Buffer.alloc(128)
    head.writeUInt16LE(0x0100, 124)
    head.write('IM', 126)
    expect(() => mat5File(Buffer.concat([head, zeros('a'.repeat(100_000), 1)]), 'x')).toThrow(
      /the name of an array has \d+ characters, more than 255.*\[DATA_CORRUPT\]/,
    )
  })

  it('more arrays than the budget of nodes, which grows with the file', () => {
    const head = Buffer.alloc(128)
    head.writeUInt16LE(0x0100, 124)
    head.write('IM', 126)
    const empty = (count: number): Buffer =>
      Buffer.concat([head, ...Array.from({ length: count }, () => element(14, Buffer.alloc(0)))])
    const { nodes } = budgetOf(empty(200).length)
    expect(nodes).toBeLessThan(200)
    expect(() => mat5File(empty(200), 'x')).toThrow(
      new RegExp(`more than ${nodes} arrays; the budget of nodes.*\\[DATA_BUDGET\\]`),
    )
    const named = (count: number): Buffer =>
      Buffer.concat([head, ...Array.from({ length: count }, (_, i) => zeros(`v${i}`, 1))])
    expect(mat5File(named(500), 'x').names.size).toBe(500)
    expect(() => mat5File(named(9), 'x', { budget: { nodes: 8 } })).toThrow(/the budget of nodes.*\[DATA_BUDGET\]/)
  })

  it('more memory or seconds than the budget', async () => {
    const head = Buffer.alloc(128)
    head.writeUInt16LE(0x0100, 124)
    head.write('IM', 126)
    const bytes = Buffer.concat([head, zeros('a', 100)])
    expect(() => mat5File(bytes, 'x', { budget: { seconds: -1 } })).toThrow(/the budget of seconds.*\[DATA_BUDGET\]/)
    await expect(mat5File(bytes, 'x', { budget: { memory: 799 } }).read('a')).rejects.toThrow(
      /"a" of \[1 × 100\] takes 800 bytes; the budget of memory.*\[DATA_BUDGET\]/,
    )
  })
})

describe('CSV', () => {
  it('a million rows of one digit: no row stays in memory', async ({ task }) => {
    const path = join(folder, 'digits.csv')
    await writeFile(path, '1\n'.repeat(1e6))
    const bundle = new URL('../dist/node.js', import.meta.url).href
    const program = `import(${JSON.stringify(bundle)})
      .then(({ openDataFile }) => openDataFile(${JSON.stringify(path)}))
      .then(({ names }) => require('node:worker_threads').parentPort.postMessage(names.get('1')))`
    // The reader with its modules takes 12 MiB, and as arrays of texts the rows would take more than 64. The table lies
    // outside the heap.
    const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 }
    const worker = new Worker(program, { eval: true, resourceLimits })
    try {
      expect(await once(worker, 'message')).toEqual([[1e6]])
    } finally {
      await worker.terminate()
    }
    const { maxOldGenerationSizeMb: most } = resourceLimits
    Object.assign(task.meta, { figures: { 'MiB of heap that suffice for a million rows of CSV in 2 MB': most } })
  })

  it('the table takes 8 bytes a number', async () => {
    const before = process.memoryUsage().arrayBuffers
    const file = await csvFile('1\n'.repeat(200_000), 'x')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 200_000 + 2 ** 22)
    const { data } = await file.read('1')
    expect(data).toHaveLength(200_000)
    expect(data.findIndex((v) => v !== 1)).toBe(-1)
  })

  it('more memory or seconds than the budget', async () => {
    const text = '1,2\n3,4\n'
    await expect(csvFile(text, 'x', { budget: { memory: 32 + 511 } })).rejects.toThrow(
      /a table of 2 rows and 2 columns takes 544 bytes; the budget of memory.*\[DATA_BUDGET\]/,
    )
    expect((await csvFile(text, 'x', { budget: { memory: 544 } })).names.get('2')).toEqual([2])
    await expect(csvFile(text, 'x', { budget: { seconds: -1 } })).rejects.toThrow(
      /the budget of seconds.*\[DATA_BUDGET\]/,
    )
  })

  it('columns without end in a small file', async () => {
    const n = 300_000
    const columns = `${'1,'.repeat(n)}1\n`
    await expect(csvFile(columns, 'x')).rejects.toThrow(
      /1 rows and 300001 columns.*the budget of memory.*\[DATA_BUDGET\]/,
    )
  })

  it('the line of a fault far down, behind blank lines and comments', async () => {
    const text = `# note\n"a",c\n${'1,2\n# note\n\n'.repeat(30_000)}1,two\n1,3\n`
    await expect((await csvFile(text, 'x')).read('c')).rejects.toThrow(
      /line 90003, column 2 \(c\): "two" is not a number.*\[DATA_CORRUPT\]/,
    )
  })

  it('millions of blank lines and comments', async () => {
    expect((await csvFile(`${'\n'.repeat(4e6)}# x\n7\n`, 'x')).names.get('1')).toEqual([1])
  })

  it('groups columns in one pass over their names', () => {
    const n = 40_000
    let reads = 0
    const titles = new Proxy(
      Array.from({ length: n }, (_, i) => `f_${i}`),
      {
        get(target, name, receiver) {
          if (typeof name === 'string' && /^\d+$/.test(name)) reads++
          return Reflect.get(target, name, receiver) as unknown
        },
      },
    )
    expect(groupColumns(titles).get('f')).toHaveLength(n)
    expect(reads).toBeLessThanOrEqual(2 * n)
  })

  it('tens of thousands of columns, each group with its own name', async () => {
    const n = 40_000
    const path = join(folder, 'wide.csv')
    const titles = Array.from({ length: n }, (_, i) => `g${i % 1000}x_${Math.floor(i / 1000)}`)
    await writeFile(path, `${titles.join(',')}\n${titles.map((_, i) => i).join(',')}\n`)
    const file = await openDataFile(path)
    const { data } = await file.read('g7x')
    expect(data).toEqual(Float64Array.from({ length: 40 }, (_, i) => 7 + 1000 * i))
  })

  it('columns of the same name are not confused', async () => {
    const file = await csvFile('x,x,u,f_0,f_0\n1,2,3,4,5\n', 'x')
    for (const name of ['x', 'x:u', 'f', 'f_0'])
      await expect(file.read(name)).rejects.toThrow(/several columns have the name "(x|f_0)".*\[DATA_UNSUPPORTED\]/)
    expect((await file.read('u')).data).toEqual(Float64Array.of(3))
  })

  it('separators and quotes inside quotes', async () => {
    const path = join(folder, 'quoted.csv')
    await writeFile(path, '"u (m, s)","say ""hi""",c\r\n1,"2",3\n"-4e1" , 5,6\n')
    const file = await openDataFile(path)
    expect((await file.read('u (m, s)')).data).toEqual(Float64Array.of(1, -40))
    expect((await file.read('say "hi"')).data).toEqual(Float64Array.of(2, 5))
    await writeFile(path, 'a,b\n1,"2\n')
    await expect(openDataFile(path)).rejects.toMatchObject({ code: 'DATA_CORRUPT' })
  })
})
