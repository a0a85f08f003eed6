/** The rows of contract tests, read from their sources: nothing is run. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** A call of a contract of the testkit, such as `describeEstimator(() => rfg({ directions: 2 }))`. */
export type ContractRow = {
  /** The factory that makes what is tested, and those of the list over which the row runs. */
  readonly factories: readonly string[]
  /** Names of the options of the contract. */
  readonly options: readonly string[]
}

/** The calls in a tree that satisfy a condition. */
function callsIn(tree: ts.Node, fits: (call: ts.CallExpression) => boolean): readonly ts.CallExpression[] {
  const found: ts.CallExpression[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && fits(node)) found.push(node)
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return found
}

const nameOf = ({ expression }: ts.CallExpression): string => (ts.isIdentifier(expression) ? expression.text : '')

/** The list that the loop around a node runs over: its expression, or the value of the constant that it names. */
function listAround(node: ts.Node, source: ts.SourceFile): ts.Node | undefined {
  let loop: ts.Node | undefined = node
  while (loop !== undefined && !ts.isForOfStatement(loop)) loop = loop.parent
  if (loop === undefined) return undefined
  const named = new Set(loop.expression.getText(source).match(/\w+/g))
  const constant = source.statements
    .filter(ts.isVariableStatement)
    .flatMap((s) => s.declarationList.declarations)
    .find(({ name }) => named.has(name.getText(source)))
  return constant?.initializer ?? loop.expression
}

/**
 * The factories that an argument of a contract names: `bp`, `() => rfg()`, `() => norseLif().model`; in a loop also
 * those of its list.
 */
function factoriesOf(argument: ts.Node | undefined, source: ts.SourceFile): readonly string[] {
  if (argument === undefined) return []
  if (ts.isIdentifier(argument)) return [argument.text]
  if (!ts.isArrowFunction(argument)) return []
  const list = listAround(argument, source)
  const [made] = callsIn(argument.body, (call) => nameOf(call) !== '')
  return [...(made === undefined ? [] : [made]), ...(list === undefined ? [] : callsIn(list, () => true))].map(nameOf)
}

/** The rows of all test files below a folder. */
export function contractRows(folder: URL): readonly ContractRow[] {
  const home = fileURLToPath(folder)
  const files = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.test.ts'))
  return files.flatMap((path) => {
    const source = ts.createSourceFile(path, readFileSync(join(home, path), 'utf8'), ts.ScriptTarget.ESNext, true)
    return callsIn(source, (call) => /^describe(?!Declaration)[A-Z]/.test(nameOf(call))).map(
      ({ arguments: [made, given] }) => ({
        factories: factoriesOf(made, source),
        options:
          given !== undefined && ts.isObjectLiteralExpression(given)
            ? given.properties.map(({ name }) => name?.getText(source) ?? '')
            : [],
      }),
    )
  })
}
