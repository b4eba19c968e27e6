import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readUserAgent, userAgentData } from './user-agent.ts'

test('the named versions are those that are installed', () => {
  const { dependencies } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as {
    readonly dependencies: Readonly<Record<string, string>>
  }
  expect(userAgentData).toBe(
    ['bowser', 'crawler-user-agents'].map((name) => `${name} ${dependencies[name]}`).join(', '),
  )
})

test.each([
  [
    'Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0',
    ['Firefox', '126.0', 'Linux', null, 'desktop', false],
  ],
  [
    'Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko',
    ['Internet Explorer', '11.0', 'Windows', '7', 'desktop', false],
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15',
    ['Safari', '17.4', 'macOS', '10.15.7', 'desktop', false],
  ],
  [
    'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36 EdgA/125.0.0.0',
    ['Microsoft Edge', '125.0.0.0', 'Android', '14', 'mobile', false],
  ],
  [
    'Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1',
    ['Safari', '16.6', 'iOS', '16.6', 'tablet', false],
  ],
  ['python-requests/2.31.0', [null, null, null, null, 'bot', true]],
  [
    'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
    ['BingCrawler', '2.0', null, null, 'bot', true],
  ],
  [
    'Mozilla/5.0 (compatible; Exabot/3.0 (BiggerBetter); +http://www.exabot.com/go/robot)',
    [null, null, null, null, 'bot', true],
  ],
  ['', [null, null, null, null, null, false]],
  ['  ', [null, null, null, null, null, false]],
  ['-', [null, null, null, null, null, false]],
  ['\0\u{FFFD}é😀', [null, null, null, null, null, false]],
])('%s', (agent, expected) => {
  const found = readUserAgent(agent)
  const { browser, browserVersion, os, osVersion, deviceType, isBot } = found
  expect([browser, browserVersion, os, osVersion, deviceType, isBot]).toEqual(expected)
  expect(readUserAgent(agent)).toBe(found)
})

test('hostile texts take no longer than a bounded number of plain ones', () => {
  const units = [
    'a',
    ' ',
    '(',
    '1.',
    'Mozilla/5.0 ',
    'Version/',
    'Android ',
    'bot',
    'a/1 ',
    ';',
    '"',
    'opr/1',
  ]
  const timed = (make: (n: number) => string): number => {
    const started = performance.now()
    for (let n = 0; n < 100; n++) readUserAgent(make(n))
    return performance.now() - started
  }
  timed((n) => `Warm/${n}.1 (X11; Linux x86_64) up`)
  const control = timed((n) => `Mozilla/5.0 (X11; Linux x86_64; rv:${n}.0) Gecko/20100101 Firefox/${n}.0`)
  for (const unit of units) {
    const taken = timed((n) => `${n} ${unit.repeat(4096)}`)
    expect(taken, `${unit}: ${taken} ms, control ${control} ms`).toBeLessThan(100 * control + 200)
  }
})
