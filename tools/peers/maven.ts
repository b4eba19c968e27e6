import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { peerFolder, runCommand } from './command.ts'

/**
 * Copies an artifact (`group:name:version`) from Maven Central into the peers' folder, once, and returns the absolute
 * path of its jar. Needs Maven.
 */
export async function mavenJar(artifact: string): Promise<string> {
  const folder = join(peerFolder, 'maven')
  await mkdir(folder, { recursive: true })
  const [, name, version] = artifact.split(':')
  const jar = join(folder, `${name}-${version}.jar`)
  if (!existsSync(jar)) {
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy'
    await runCommand('mvn', ['-q', goal, `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`])
  }
  // A jar is a ZIP archive; a proxy's error page is not.
  const head = (await readFile(jar)).subarray(0, 2).toString('latin1')
  if (head !== 'PK') throw new Error(`${jar} is not a jar`)
  return jar
}
