import type { MarkdownOptions } from 'vitepress'

type Highlighter = Parameters<NonNullable<MarkdownOptions['shikiSetup']>>[0]

/**
 * Makes the highlighter read each program once instead of once for each theme. The light and the dark theme have rules
 * for the same scopes, so one theme replaces both, with pairs of colours: `light-dark(light, dark)`.
 */
export function highlightOnce(highlighter: Highlighter): void {
  const [light, dark] = highlighter.getLoadedThemes().map((name) => highlighter.getTheme(name))
  if (light === undefined || dark === undefined) throw new Error('the site has a light theme and a dark one')
  const scopes = (theme: typeof light): string => JSON.stringify(theme.settings.map(({ scope }) => scope))
  if (scopes(light) !== scopes(dark)) throw new Error(`${light.name} and ${dark.name} have rules for different scopes`)
  const settings = light.settings.map((rule, i) => {
    const [foreground, other] = [rule.settings.foreground, dark.settings[i]?.settings.foreground]
    if (foreground === undefined || other === undefined) return rule
    return { ...rule, settings: { ...rule.settings, foreground: `light-dark(${foreground},${other})` } }
  })
  const name = `${light.name} and ${dark.name}`
  highlighter.loadThemeSync({ name, type: 'light', settings })
  const { codeToHtml } = highlighter
  highlighter.codeToHtml = (code, { lang, meta, transformers = [] }) =>
    codeToHtml(code, { lang, theme: name, transformers, ...(meta === undefined ? {} : { meta }) })
}
