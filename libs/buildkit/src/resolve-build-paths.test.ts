import { describe, expect, it } from 'vitest';
import { parseFrontend } from './resolve-build-paths.ts';

describe('parseFrontend', () => {
  it.each([
    ['FROM x\n', null],
    ['', null],
    ['# syntax=docker/dockerfile:1\nFROM x\n', 'docker/dockerfile:1'],
    ['#syntax = a/b@sha256:0 extra\r\nFROM x\r\n', 'a/b@sha256:0'],
    ['\uFEFF# SYNTAX=evil\n', 'evil'],
    ['#!/usr/bin/env x\n# syntax=evil\n', 'evil'],
    ['# escape=`\n# check=skip=all\n# syntax=evil\n', 'evil'],
    ['// syntax=evil\n', 'evil'],
    ['{"syntax": "evil"}\n', 'JSON'],
    // A comment or a blank line ends the directives.
    ['# a comment\n# syntax=evil\n', null],
    ['\n# syntax=evil\n', null],
    ['FROM x\n# syntax=evil\n', null],
  ])('reads %j', (text, frontend) => {
    expect(parseFrontend(text)).toBe(frontend);
  });
});
