import type { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contract/searchAttributes.js';

/** INDEXED_VALUE_TYPE_KEYWORD of Temporal's API. */
const KEYWORD: number = 2;

/** Both the client's and the worker's connection have it. */
type OperatorConnection = Pick<Connection, 'operatorService'>;

/** The search attributes of recordings that the namespace does not have, or not as a keyword. */
export async function missingSearchAttributes(connection: OperatorConnection, namespace: string): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return SEARCH_ATTRIBUTES.map(({ name }) => name).filter((name) => Number(customAttributes[name]) !== KEYWORD);
}

/** Registers the missing search attributes. @returns their names */
export async function registerSearchAttributes(connection: OperatorConnection, namespace: string): Promise<string[]> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length > 0) {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    });
  }
  return missing;
}
