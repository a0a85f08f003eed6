/** Text as a message shows it: whole if it is short, else its beginning and the number of remaining characters. */
export function shorten(text: string, most = 60): string {
  return text.length <= most ? text : `${text.slice(0, most)}… (${text.length - most} more characters)`
}
