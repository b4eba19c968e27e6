/** What the server answers: headers with their values, and a body. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export const answer = (
  status: number,
  headers: Readonly<Record<string, string | undefined>> = {},
  body: Buffer | string = '',
): Answer => ({
  status,
  headers: Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ),
  body: Buffer.from(body),
})

/** An element whose members are texts, elements (strings that begin with `<`) or lists of them. */
export function element(name: string, ...children: readonly string[]): string {
  return `<${name}>${children.join('')}</${name}>`
}

export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** The texts of all elements of a name, in order. Enough for the two request documents of S3. */
export function textsOf(document: string, name: string): readonly string[] {
  return Array.from(document.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs')), ([, text = '']) => text)
}

export const unescapeXml = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll(/&#x([0-9a-fA-F]+);/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replaceAll(/&#(\d+);/g, (_, digits: string) => String.fromCodePoint(Number(digits)))
    .replaceAll('&amp;', '&')

export const xml = (body: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n${body}`
