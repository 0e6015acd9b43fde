import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ServerlessOptions, TemplateObject, TemplateValue } from './types.ts';
import { isObject, textOf } from './values.ts';
import { parseYaml } from './yaml.ts';

/** `${source:address}` or `${file(path)}`, with an optional `, fallback`. `${AWS::Region}`, `${Name}` and `${!x}` are CloudFormation's. */
const VARIABLE = /\$\{([a-z][A-Za-z]*)([:(])([^{}]*)\}/g;

/** More than one level inside another is a mistake sooner than a need. */
const MAX_DEPTH = 20;

/**
 * The Serverless Framework's variables (https://github.com/oss-serverless/serverless/blob/main/docs/guides/variables.md):
 * `sls:stage`, `opt:stage`, `opt:region`, `param:name`, `self:path.to.value`, `file(path)`, each with a fallback. Beside them
 * `text(path)`, a file as it is: the framework drops nulls of a JSON file, so projects add such a source by a plugin; and
 * `digest(folder, …)`, which changes with any file below the folders.
 * Any other source is an error: a value from elsewhere could differ between the laptop and AWS.
 */
export class Variables {
  private readonly options: ServerlessOptions;
  private readonly service: TemplateObject;

  /** @param service serverless.yml, unresolved */
  constructor(options: ServerlessOptions, service: TemplateObject) {
    this.options = options;
    this.service = service;
  }

  /** A value with every variable in it replaced; a text that is one variable takes the type of what it stands for. */
  resolve(value: TemplateValue, depth = 0): TemplateValue {
    if (depth > MAX_DEPTH) throw new Error(`serverless.yml: variables stand for one another in a circle: ${JSON.stringify(value)}`);
    if (typeof value === 'string') return this.resolveText(value, depth);
    if (Array.isArray(value)) return value.map((item) => this.resolve(item, depth));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.resolve(item, depth)]));
  }

  private resolveText(text: string, depth: number): TemplateValue {
    const matches = [...text.matchAll(VARIABLE)];
    const only = matches[0];
    if (only?.[0] === text) return this.resolve(this.lookUp(text, depth), depth + 1);
    return text.replace(VARIABLE, (variable) => {
      return textOf(this.resolve(this.lookUp(variable, depth), depth + 1), `serverless.yml: ${variable} in ${text}`);
    });
  }

  /** @param variable `${…}` whole */
  private lookUp(variable: string, depth: number): TemplateValue {
    const [first = '', ...fallbacks] = splitAtCommas(variable.slice(2, -1));
    const value = this.read(first, variable);
    if (value !== undefined) return value;
    for (const fallback of fallbacks) {
      const literal = /^'(.*)'$/.exec(fallback) ?? /^"(.*)"$/.exec(fallback);
      if (literal) return literal[1] ?? '';
      const other = /^[a-z][A-Za-z]*[:(]/.test(fallback) ? this.read(fallback, variable) : parseYaml(fallback, variable);
      if (other !== undefined) return this.resolve(other, depth + 1);
    }
    throw new Error(`serverless.yml: ${variable} has no value`);
  }

  private read(address: string, variable: string): TemplateValue | undefined {
    const [, reader, file] = /^(file|text|digest)\((.+)\)$/.exec(address) ?? [];
    if (file !== undefined) return reader === 'digest' ? this.digest(file.split(',')) : reader === 'text' ? this.readText(file) : this.readFile(file);
    const colon = address.indexOf(':');
    const source = address.slice(0, colon);
    const key = address.slice(colon + 1);
    switch (source) {
      case 'sls':
        if (key === 'stage') return this.options.stage;
        break;
      case 'opt':
        return key === 'stage' ? this.options.stage : key === 'region' ? this.options.region : undefined;
      case 'param':
        return this.param(key);
      case 'self':
        return key.split('.').reduce<TemplateValue | undefined>((value, name) => (isObject(value) ? value[name] : undefined), this.service);
    }
    throw new Error(`serverless.yml: ${variable} is not understood locally`);
  }

  /** Given by the caller, else of the stage, else of `default`. */
  private param(name: string): TemplateValue | undefined {
    const { params } = this.service;
    const section = (stage: string): TemplateValue | undefined => {
      const values = isObject(params) ? params[stage] : undefined;
      return isObject(values) ? values[name] : undefined;
    };
    return this.options.params?.[name] ?? section(this.options.stage) ?? section('default');
  }

  private readFile(relative: string): TemplateValue {
    const text = this.readText(relative);
    if (relative.endsWith('.json')) return JSON.parse(text) as TemplateValue;
    return /\.ya?ml$/.test(relative) ? parseYaml(text, relative) : text.trim();
  }

  private digest(folders: readonly string[]): string {
    const hash = createHash('sha256');
    for (const folder of folders) {
      const root = path.join(this.options.projectRoot, folder.trim());
      for (const name of (readdirSync(root, { recursive: true }) as string[]).sort()) {
        if (statSync(path.join(root, name)).isFile()) hash.update(name.replaceAll(path.sep, '/')).update('\0').update(readFileSync(path.join(root, name))).update('\0');
      }
    }
    return hash.digest('hex');
  }

  private readText(relative: string): string {
    const file = path.join(this.options.projectRoot, relative);
    if (!existsSync(file)) throw new Error(`serverless.yml: there is no file ${relative}`);
    return readFileSync(file, 'utf8');
  }
}

/** `opt:region, 'eu-west-1'` at its commas, but for those inside quotes or parentheses. */
const splitAtCommas = (text: string): string[] => (text.match(/(?:'[^']*'|"[^"]*"|\([^)]*\)|[^,'"(])+/g) ?? []).map((part) => part.trim());
