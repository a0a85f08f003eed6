import {
  decodeOption,
  describeFactory,
  printValue,
  type Declaration,
  type Declared,
  type Option,
} from '@spikeward/core'
import { describe } from 'vitest'
import { ensure, registerChecks, type Check } from '../check.js'

/** Options of `describeDeclaration`. */
export interface DeclarationOptions {
  /** Values of required options and arguments, by name, with which the factory can be called. Default: none. */
  readonly given?: Readonly<Record<string, unknown>>
}

type Factory = Declared<object>

/** The reason to skip a check of options: some declared values, such as distributions, are used directly. */
const isUsedAsItIs = (factory: Factory): string | null =>
  typeof (factory as unknown) === 'function' && factory.declaration.kind !== 'readout'
    ? null
    : 'it is used without options'

/** Values of many types, some of which are invalid for most options. */
const STRANGE: readonly unknown[] = [NaN, -1e300, 1e300, 0.5, 'no such word', '', {}, [], null, true, Symbol('strange')]

/** Frees the result of a factory if it holds resources, such as a backend its threads. */
async function release(value: unknown): Promise<void> {
  if (typeof value !== 'object' || value === null || !(Symbol.asyncDispose in value)) return
  await (value as AsyncDisposable)[Symbol.asyncDispose]()
}

const codeOf = async (f: () => unknown): Promise<unknown> => {
  try {
    await release(await f())
  } catch (error) {
    return (error as { code?: unknown }).code ?? error
  }
  return null
}

/** One line of text: neither empty nor long, and without a full stop. */
const isLine = (text: string): boolean => /^[^\n]{3,160}$/.test(text) && !text.endsWith('.')

/** The checks of a declared factory, as data: `describeDeclaration` registers them. */
export function declarationChecks({ given = {} }: DeclarationOptions = {}): Check<Factory>[] {
  const group = 'declaration'
  const call = (factory: Factory, values: Readonly<Record<string, unknown>>): unknown => {
    const { arguments: args, variadic } = factory.declaration
    const options = Object.fromEntries(Object.entries(values).filter(([name]) => !(name in args)))
    const positional = Object.keys(args).map((name) => values[name])
    const make = factory as unknown as (...all: unknown[]) => unknown
    return variadic ? make(...positional.flat()) : make(...positional, options)
  }
  const all = ({ arguments: args, options }: Declaration): [string, Option][] => Object.entries({ ...args, ...options })
  return [
    {
      group,
      name: 'has a name, a summary, and one line of help for each option',
      run({ declaration }) {
        ensure(/^[a-z]\w*$/i.test(declaration.name), `the name "${declaration.name}" is not an identifier`)
        ensure(isLine(declaration.summary), `the summary "${declaration.summary}" is not one line without a full stop`)
        for (const [name, { help }] of all(declaration))
          ensure(isLine(help), `the help of ${name}, "${help}", is not one line without a full stop`)
      },
    },
    {
      group,
      name: 'its defaults pass their own checks, also when they are read from text',
      run({ declaration }) {
        for (const [name, option] of all(declaration)) {
          if (option.presence !== 'value') continue
          ensure(
            option.type.accepts(option.default),
            `the default of ${name}, ${printValue(option.default)}, is refused by its own check`,
          )
          if (option.type.parse === null || typeof option.default === 'object') continue
          const text = printValue(option.default)
          const read = decodeOption(declaration.name, name, option, text, () => option.default)
          ensure(Object.is(read, option.default), `${name} = ${text}, read as text, is ${printValue(read)}`)
        }
      },
    },
    {
      group,
      name: 'is JSON when it is described',
      run({ declaration }) {
        const text = JSON.stringify(describeFactory(declaration))
        ensure(
          JSON.stringify(JSON.parse(text)) === text,
          'the description changes when it is written as JSON and read again',
        )
      },
    },
    {
      group,
      name: 'can be made from its defaults, and from the same values given by name',
      skip: isUsedAsItIs,
      async run(factory) {
        const defaults = all(factory.declaration).flatMap(([name, { presence, default: value }]) =>
          presence === 'value' ? [[name, value] as const] : [],
        )
        for (const values of [given, { ...Object.fromEntries(defaults), ...given }]) {
          const code = await codeOf(() => call(factory, values))
          ensure(code === null, `it throws ${String(code)}`)
        }
      },
    },
    {
      group,
      name: 'refuses an unknown option',
      skip: (factory) =>
        isUsedAsItIs(factory) ?? (Object.keys(factory.declaration.options).length === 0 ? 'it has no options' : null),
      async run(factory) {
        const code = await codeOf(() => call(factory, { ...given, noSuchOption: 1 }))
        ensure(code === 'UNKNOWN_OPTION', `the code for noSuchOption is ${String(code)}, not UNKNOWN_OPTION`)
      },
    },
    {
      group,
      name: 'refuses values of a wrong type or outside their range, with the code of the option',
      skip: isUsedAsItIs,
      async run(factory) {
        for (const [name, option] of all(factory.declaration))
          for (const value of STRANGE.filter((v) => !option.type.accepts(v))) {
            const code = await codeOf(() => call(factory, { ...given, [name]: value }))
            ensure(code === option.code, `${name} = ${String(value)} gives ${String(code)}, not ${option.code}`)
          }
      },
    },
    {
      group,
      name: 'refuses a call without a required option',
      skip: isUsedAsItIs,
      async run(factory) {
        for (const [name, option] of all(factory.declaration)) {
          if (option.presence !== 'required') continue
          const { [name]: _, ...rest } = given
          const code = await codeOf(() => call(factory, rest))
          ensure(code === option.code, `without ${name} the code is ${String(code)}, not ${option.code}`)
        }
      },
    },
  ]
}

/**
 * Tests that a declared factory follows its declaration: help, defaults, refused names and values.
 *
 * @param factory a factory made by `defineFactory`, or a value by `defineValue`
 * @param options `given`: values of required options and arguments
 * @example
 * describeDeclaration(mexicanHat)
 */
export function describeDeclaration(factory: Factory, options: DeclarationOptions = {}): void {
  const { kind, name } = factory.declaration
  describe(`${kind} ${name}`, () => {
    registerChecks(declarationChecks(options), factory)
  })
}
