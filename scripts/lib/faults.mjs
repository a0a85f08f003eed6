/** Faults of simple kinds that can be put into a source. */
import ts from 'typescript'

/** @typedef {{ readonly from: number, readonly to: number, readonly text: string }} Fault a replacement of characters */

/** The operator in the place of another. @type {ReadonlyMap<ts.SyntaxKind, string>} */
const operators = new Map([
  [ts.SyntaxKind.PlusToken, '-'],
  [ts.SyntaxKind.MinusToken, '+'],
  [ts.SyntaxKind.AsteriskToken, '/'],
  [ts.SyntaxKind.SlashToken, '*'],
  [ts.SyntaxKind.LessThanToken, '<='],
  [ts.SyntaxKind.LessThanEqualsToken, '<'],
  [ts.SyntaxKind.GreaterThanToken, '>='],
  [ts.SyntaxKind.GreaterThanEqualsToken, '>'],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.AmpersandAmpersandToken, '||'],
  [ts.SyntaxKind.BarBarToken, '&&'],
])

/**
 * Every fault of a source in its order: another operator, another number, the other boolean, the opposite condition.
 *
 * @param {string} text TypeScript
 * @returns {Fault[]}
 */
export function faultsIn(text) {
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true)
  /** @type {Fault[]} */
  const faults = []
  const replace = (/** @type {ts.Node} */ node, /** @type {string} */ by) =>
    faults.push({ from: node.getStart(), to: node.getEnd(), text: by })
  const visit = (/** @type {ts.Node} */ node) => {
    if (ts.isTypeNode(node)) return
    if (ts.isBinaryExpression(node)) {
      const other = operators.get(node.operatorToken.kind)
      if (other !== undefined && !ofText(node)) replace(node.operatorToken, other)
    } else if (ts.isNumericLiteral(node)) replace(node, `(${node.text} + 1)`)
    else if (node.kind === ts.SyntaxKind.TrueKeyword) replace(node, 'false')
    else if (node.kind === ts.SyntaxKind.FalseKeyword) replace(node, 'true')
    else if (ts.isIfStatement(node)) replace(node.expression, `!(${node.expression.getText()})`)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return faults.sort((a, b) => a.from - b.from)
}

/** Whether an operand is text, whose sum with another is no arithmetic. @param {ts.BinaryExpression} node */
const ofText = ({ left, right }) =>
  [left, right].some((side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side))

/** @param {string} text @param {Fault} fault */
export const withFault = (text, { from, to, text: by }) => text.slice(0, from) + by + text.slice(to)
