import { spawnSync } from 'node:child_process'

/** The Java that Spark will use: that of JAVA_HOME, else the one on PATH. */
export function javaCommand(): string {
  const home = process.env['JAVA_HOME']
  return home === undefined || home === '' ? 'java' : `${home}/bin/java`
}

/** What is wrong with the Java of this machine for Spark 3.5 and 4.1, if anything: both run on 17; 4.1 needs it. */
export function missingJava(): string | undefined {
  const wanted = 'needs Java 17 (apt-get install openjdk-17-jre-headless, or set JAVA_HOME)'
  const { error, stderr } = spawnSync(javaCommand(), ['-version'], { encoding: 'utf8' })
  if (error !== undefined) return wanted
  const major = Number(/version "(\d+)/.exec(stderr)?.[1])
  return major >= 17 ? undefined : `${wanted}; ${javaCommand()} is version ${major}`
}
