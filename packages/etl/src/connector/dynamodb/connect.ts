import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { readSecret, type SecretReference } from '../../base/secret.ts'
import type { DynamodbPlace } from '../dynamodb.ts'
import { dynamodbFailure } from './failure.ts'

/** Asks a service and says of its failures what they mean. Closed when it is disposed of. */
export interface Asked<C> extends Disposable {
  readonly client: C
  ask<A>(request: (client: C) => Promise<A>): Promise<A>
}

/**
 * Attempts of one request. The SDK waits longer each time, with chance, up to 20 s; ten attempts take about a minute. A
 * budget that all requests of a client share ends this earlier where most of them fail.
 */
const mostAttempts = 10

const reveal = async (reference: SecretReference): Promise<string> => (await readSecret(reference)).reveal()

/** What both clients need to reach a place. Fails with `config.secret`. */
export async function clientConfig(place: DynamodbPlace): Promise<DynamoDBClientConfig> {
  const { region, endpoint, credentials } = place
  return {
    region,
    maxAttempts: mostAttempts,
    retryMode: 'standard',
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined
      ? {}
      : {
          credentials: {
            accessKeyId: await reveal(credentials.accessKeyId),
            secretAccessKey: await reveal(credentials.secretAccessKey),
            ...(credentials.sessionToken === undefined
              ? {}
              : { sessionToken: await reveal(credentials.sessionToken) }),
          },
        }),
  }
}

/** A client with its failures told in the terms of the product. */
export function asked<C extends { destroy(): void }>(client: C, place: DynamodbPlace): Asked<C> {
  return {
    client,
    ask: async (request) => {
      try {
        return await request(client)
      } catch (error) {
        throw dynamodbFailure(error, place)
      }
    },
    [Symbol.dispose]: () => client.destroy(),
  }
}
