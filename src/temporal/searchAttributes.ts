import type { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contract/searchAttributes.js';

/** INDEXED_VALUE_TYPE_KEYWORD of Temporal's API. */
const KEYWORD: number = 2;

/** What a namespace on an SQL database has room for. Source: Temporal, "Search Attributes", limits on a cluster. */
const KEYWORD_LIMIT = 10;

/** Both the client's and the worker's connection have it. */
type OperatorConnection = Pick<Connection, 'operatorService'>;

export interface MissingSearchAttributes {
  /** Those of recordings that the namespace does not have, or not as a keyword. */
  missing: string[];
  /** Set where all of them would be more than a namespace on an SQL database takes. */
  noRoom?: string;
}

export async function findMissingSearchAttributes(
  connection: OperatorConnection,
  namespace: string,
): Promise<MissingSearchAttributes> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const keywords = Object.keys(customAttributes).filter((name) => Number(customAttributes[name]) === KEYWORD);
  const missing = SEARCH_ATTRIBUTES.map(({ name }) => name).filter((name) => !keywords.includes(name));
  if (keywords.length + missing.length <= KEYWORD_LIMIT) return { missing };
  const noRoom =
    `Namespace ${namespace} has ${keywords.length} search attributes of type Keyword; recordings need ` +
    `${missing.length} more (${missing.join(', ')}), and on an SQL database the limit is ${KEYWORD_LIMIT}. ` +
    'Recordings work without them; only filters by application, room, user and outcome do not. To have those, ' +
    'remove some that are not used, or give recordings a namespace of their own.';
  return missing.length === 0 ? { missing } : { missing, noRoom };
}

/**
 * Registers the missing search attributes, all or none.
 * @returns their names, or why the namespace has no room for them
 */
export async function registerSearchAttributes(
  connection: OperatorConnection,
  namespace: string,
): Promise<MissingSearchAttributes> {
  const found = await findMissingSearchAttributes(connection, namespace);
  const { missing, noRoom } = found;
  if (missing.length === 0) return found;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    });
  } catch (error) {
    if (noRoom === undefined) throw error;
    return found;
  }
  return { missing };
}
