/** The exports of a module and where each name is declared, types included. Read from the sources; nothing is run. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'

/** Exported name → `file#name` of its declaration. */
export type Exports = ReadonlyMap<string, string>

/** Reads modules, each once. `entryOf` returns the source of a workspace import, or null for external packages. */
export function moduleExports(entryOf: (specifier: string) => string | null): (file: string) => Exports {
  const known = new Map<string, Map<string, string>>()

  const sourceOf = (from: string, specifier: string): string | null => {
    if (!specifier.startsWith('.')) return entryOf(specifier)
    const path = join(dirname(from), specifier).replace(/\.js$/, '.ts')
    return existsSync(path) ? path : null
  }
  const declared = (from: string, specifier: string, name: string): string => {
    const source = sourceOf(from, specifier)
    return (source === null ? undefined : read(source).get(name)) ?? `${specifier}#${name}`
  }

  function read(file: string): Map<string, string> {
    const seen = known.get(file)
    if (seen !== undefined) return seen
    const found = new Map<string, string>()
    known.set(file, found)
    const module = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ESNext)
    const imported = new Map<string, readonly [specifier: string, name: string]>()
    for (const statement of module.statements) {
      if (!ts.isImportDeclaration(statement)) continue
      const bindings = statement.importClause?.namedBindings
      if (bindings === undefined || !ts.isNamedImports(bindings)) continue
      const { text } = statement.moduleSpecifier as ts.StringLiteral
      for (const { name, propertyName } of bindings.elements)
        imported.set(name.text, [text, (propertyName ?? name).text])
    }
    for (const statement of module.statements) {
      if (ts.isExportDeclaration(statement)) readExport(statement, file, imported, found)
      else if (ts.canHaveModifiers(statement)) {
        const isExported = ts.getModifiers(statement)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword) === true
        if (isExported) for (const name of namesOf(statement)) found.set(name, `${file}#${name}`)
      }
    }
    return found
  }

  function readExport(
    { exportClause, moduleSpecifier }: ts.ExportDeclaration,
    file: string,
    imported: ReadonlyMap<string, readonly [string, string]>,
    found: Map<string, string>,
  ): void {
    const from = moduleSpecifier === undefined ? null : (moduleSpecifier as ts.StringLiteral).text
    if (exportClause === undefined) {
      const source = from === null ? null : sourceOf(file, from)
      for (const [name, origin] of source === null ? [] : read(source)) found.set(name, origin)
      return
    }
    if (!ts.isNamedExports(exportClause)) return
    for (const { name, propertyName } of exportClause.elements) {
      const own = (propertyName ?? name).text
      const [specifier, original] = from === null ? (imported.get(own) ?? [null, own]) : [from, own]
      found.set(name.text, specifier === null ? `${file}#${own}` : declared(file, specifier, original))
    }
  }

  return read
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []))
  const { name } = statement as ts.DeclarationStatement
  return name === undefined ? [] : [name.text]
}
