/** Lines as programs write them, made for these tests after the documentation of each format. */
export interface LogSample {
  readonly name: string
  readonly lines: readonly string[]
  /** Values that must be found in the first row, by column. */
  readonly first: Readonly<Record<string, unknown>>
  /** How many records the lines hold. */
  readonly rows: number
  /** A part of the warning that says what the log was taken for. */
  readonly taken: string
}

const owner = '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be'

export const logSamples: readonly LogSample[] = [
  {
    name: 'alb',
    lines: [
      'h2 2024-07-02T22:23:00.186641Z app/shop/50dc6c495c0c9188 10.0.1.252:48160 10.0.0.66:9000 0.000 0.002 0.000 200 200 5 257 "GET https://10.0.2.105:773/cart?x=1 HTTP/2.0" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337327-72bd00b0343d75b906739c42" "-" "-" 1 2024-07-02T22:22:48.364000Z "redirect" "https://example.com:80/" "-" "10.0.0.66:9000" "200" "-" "-" TID_1234',
      'http 2024-07-02T22:23:01.186641Z app/shop/50dc6c495c0c9188 192.168.131.39:2817 - -1 -1 -1 502 - 34 366 "- http://www.example.com:80- " "-" - - - "-" "-" "-" 0 2024-07-02T22:22:48.364000Z "waf" "-" "TargetNotFound"',
    ],
    first: {
      type: 'h2',
      timestamp: '2024-07-02 22:23:00.186641',
      clientport: '48160',
      response: '200',
      agent: 'curl/7.46.0',
      verb: 'GET',
      redirect: 'https://example.com:80/',
      domain: null,
      more: '"10.0.0.66:9000" "200" "-" "-" TID_1234',
    },
    rows: 2,
    taken: 'Application Load Balancer',
  },
  {
    name: 'elb',
    lines: [
      '2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/a?b=1 HTTP/1.1" "curl/7.38.0" - -',
      '2015-05-13T23:39:44.945958Z my-loadbalancer 192.168.131.39:2817 - -1 -1 -1 503 0 0 0 "GET http://www.example.com:80/ HTTP/1.1" "-" - -',
    ],
    first: {
      elb: 'my-loadbalancer',
      backendip: '10.0.0.1',
      backend_processing_time: 0.001048,
      verb: 'GET',
      path: '/a',
      params: '?b=1',
      agent: 'curl/7.38.0',
    },
    rows: 2,
    taken: 'Classic Load Balancer',
  },
  {
    name: 's3',
    lines: [
      `${owner} awsexamplebucket1 [06/Feb/2019:00:00:38 +0000] 192.0.2.3 ${owner} 3E57427F3EXAMPLE REST.GET.VERSIONING - "GET /awsexamplebucket1?versioning HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader awsexamplebucket1.s3.us-west-1.amazonaws.com TLSV1.2 - -`,
    ],
    first: {
      bucket: 'awsexamplebucket1',
      timestamp: '2019-02-06 00:00:38',
      operation: 'REST.GET.VERSIONING',
      response: '200',
      error_code: null,
      bytes: '113',
      object_size: null,
      agent: 'S3Console/0.4',
    },
    rows: 1,
    taken: 'S3 server access log',
  },
  {
    name: 'nginx-access-more',
    lines: [
      '10.1.2.3 - - [10/Oct/2024:13:55:36 -0700] "GET /a HTTP/1.1" 200 23 "-" "x/1" "203.0.113.7" 0.012',
      '10.1.2.4 - ann [10/Oct/2024:13:55:37 -0700] "POST /b HTTP/2.0" 302 0 "http://r/" "x/1" "-" 0.001',
    ],
    first: {
      clientip: '10.1.2.3',
      timestamp: '2024-10-10 20:55:36',
      request: '/a',
      response: '200',
      referrer: null,
      more: '"203.0.113.7" 0.012',
    },
    rows: 2,
    taken: 'access log with further fields',
  },
  {
    name: 'nginx-error',
    lines: [
      '2024/03/05 11:12:13 [error] 1234#5678: *99 open() "/srv/x" failed (2: No such file or directory), client: 10.0.0.1, server: shop, request: "GET /x HTTP/1.1", host: "shop"',
      '2024/03/05 11:12:14 [error] 1234#5678: *100 FastCGI sent in stderr: "PHP message: Stack trace:',
      '#0 /srv/app.php(12): f()',
      '#1 {main}" while reading response header from upstream',
      '2024/03/05 11:12:15 [notice] 1#1: signal process started',
      '2024/03/05 11:12:16 [notice] 1#1: exiting',
    ],
    first: { timestamp: '2024-03-05 11:12:13', level: 'error', pid: '1234', connection: '99' },
    rows: 4,
    taken: 'nginx error log',
  },
  {
    name: 'apache-error',
    lines: [
      '[Wed Oct 11 14:32:52 2000] [error] [client 127.0.0.1] client denied by server configuration: /export/home/live/ap/htdocs/test',
      '[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328636416] [client 72.15.99.187:80] File does not exist: /usr/local/apache2/htdocs/favicon.ico',
    ],
    first: { timestamp: 'Wed Oct 11 14:32:52 2000', loglevel: 'error', clientip: '127.0.0.1' },
    rows: 2,
    taken: 'Apache error log',
  },
  {
    name: 'syslog',
    lines: [
      'Jan  7 03:04:05 web-1 sshd[4242]: Failed password for root from 10.0.0.9 port 22 ssh2',
      'Jan 17 03:04:06 web-1 kernel: [12.3] device eth0 entered promiscuous mode',
      '<13>Jan 17 03:04:07 web-1 CRON[9]: (root) CMD (x)',
    ],
    first: {
      timestamp: 'Jan  7 03:04:05',
      host: 'web-1',
      program: 'sshd',
      pid: '4242',
      priority: null,
      message: 'Failed password for root from 10.0.0.9 port 22 ssh2',
    },
    rows: 3,
    taken: 'RFC 3164',
  },
  {
    name: 'syslog-5424',
    lines: [
      `<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed for lonvick on /dev/pts/8`,
      '<165>1 2003-10-11T22:14:16.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application"] An event',
    ],
    first: {
      syslog5424_pri: '34',
      syslog5424_ts: '2003-10-11 22:14:15.003',
      syslog5424_app: 'su',
      syslog5424_proc: null,
      syslog5424_sd: null,
    },
    rows: 2,
    taken: 'RFC 5424',
  },
  {
    name: 'haproxy',
    lines: [
      'Feb  6 12:14:14 localhost haproxy[14389]: 10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1"',
    ],
    first: {
      client_ip: '10.0.1.2',
      frontend_name: 'http-in',
      server_name: 'srv1',
      http_status_code: '200',
      captured_request_headers: '1wt.eu',
      http_verb: 'GET',
      http_request: '/index.html',
    },
    rows: 1,
    taken: 'HAProxy',
  },
  {
    name: 'kubectl',
    lines: [
      '2024-05-06T07:08:09.123456789Z {"level":"info","msg":"started","n":1}',
      '2024-05-06T07:08:10.123456789Z {"level":"warn","msg":"slow {x}"}',
    ],
    first: { body: '{"level":"info","msg":"started","n":1}' },
    rows: 2,
    taken: 'JSON behind a timestamp',
  },
  {
    name: 'compose',
    lines: ['web_1  | {"level":"info","msg":"started"}', 'db_1   | {"level":"warn","msg":"slow"}'],
    first: { prefix: 'web_1  |', body: '{"level":"info","msg":"started"}' },
    rows: 2,
    taken: 'JSON behind a prefix',
  },
  {
    name: 'log4j',
    lines: [
      '2024-05-06 07:08:09,123 [main] INFO  com.example.Shop - started',
      '2024-05-06 07:08:10,123 [worker-1] ERROR com.example.Shop - it broke',
      'java.lang.IllegalStateException: no',
      '\tat com.example.Shop.run(Shop.java:12)',
      '2024-05-06 07:08:11,123 [main] WARN  com.example.Shop - stopping',
      '2024-05-06 07:08:12,123 [main] INFO  com.example.Shop - stopped',
    ],
    first: {
      timestamp: '2024-05-06 07:08:09.123',
      thread: 'main',
      level: 'INFO',
      message: 'com.example.Shop - started',
    },
    rows: 4,
    taken: 'timestamp and level',
  },
  {
    name: 'python',
    lines: [
      '2024-05-06 07:08:09,123 - shop.cart - INFO - started',
      '2024-05-06 07:08:10,123 - shop.cart - ERROR - it broke',
      'Traceback (most recent call last):',
      '  File "x.py", line 1, in <module>',
      '2024-05-06 07:08:11,123 - root - WARNING - stopping',
      '2024-05-06 07:08:12,123 - root - INFO - stopped',
    ],
    first: { timestamp: '2024-05-06 07:08:09.123', logger: 'shop.cart', level: 'INFO', message: 'started' },
    rows: 4,
    taken: 'Python',
  },
]

/** CloudFront's standard log: tab separated, in the extended log file format. */
export const cloudFront: readonly string[] = [
  '#Version: 1.0',
  '#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) time-taken',
  '2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td111111abcdef8.cloudfront.net\t/index.html\t200\t-\tMozilla/5.0%20(Windows%20NT%2010.0)\t0.001',
  '2019-12-04\t21:02:32\tLAX1\t-\t2001:db8::1\tGET\td111111abcdef8.cloudfront.net\t/"a"\t304\thttp://r/\t-\t0.002',
]
