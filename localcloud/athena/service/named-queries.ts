import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { JsonFile } from '../../core/files.ts';
import type { Input } from '../../glue/input.ts';
import { athenaRefusal } from './refusals.ts';

export interface NamedQuery {
  NamedQueryId: string;
  Name: string;
  Description?: string;
  Database: string;
  QueryString: string;
  WorkGroup: string;
}

/** Saved queries, kept in one file. */
export class NamedQueries {
  private readonly file: JsonFile<{ queries: NamedQuery[]; tokens: Record<string, string> }>;

  constructor(stateFolder: string) {
    this.file = new JsonFile(path.join(stateFolder, 'named-queries.json'), { queries: [], tokens: {} });
  }

  /** Answers the id; the same one for the same token. */
  create(input: Input): string {
    const token = input.optionalText('ClientRequestToken');
    const known = token === undefined ? undefined : this.file.get().tokens[token];
    if (known !== undefined) return known;
    const description = input.optionalText('Description');
    const query: NamedQuery = {
      NamedQueryId: randomUUID(),
      Name: input.text('Name'),
      ...(description === undefined ? {} : { Description: description }),
      Database: input.text('Database'),
      QueryString: input.text('QueryString'),
      WorkGroup: input.optionalText('WorkGroup') ?? 'primary',
    };
    this.file.update((state) => {
      state.queries.push(query);
      if (token !== undefined) state.tokens[token] = query.NamedQueryId;
    });
    return query.NamedQueryId;
  }

  get(id: string): NamedQuery | undefined {
    return this.file.get().queries.find((query) => query.NamedQueryId === id);
  }

  /** @throws AwsError InvalidRequestException */
  require(id: string): NamedQuery {
    const query = this.get(id);
    if (!query) throw athenaRefusal(`NamedQuery ${id} was not found`);
    return query;
  }

  list(workGroup: string): NamedQuery[] {
    return this.file.get().queries.filter((query) => query.WorkGroup === workGroup);
  }

  update(input: Input): void {
    const { NamedQueryId: id } = this.require(input.text('NamedQueryId'));
    this.file.update((state) => {
      const query = state.queries.find((candidate) => candidate.NamedQueryId === id);
      if (!query) return;
      query.Name = input.text('Name');
      query.QueryString = input.text('QueryString');
      const description = input.optionalText('Description');
      if (description !== undefined) query.Description = description;
    });
  }

  delete(id: string): void {
    this.require(id);
    this.file.update((state) => {
      state.queries = state.queries.filter((query) => query.NamedQueryId !== id);
    });
  }
}
