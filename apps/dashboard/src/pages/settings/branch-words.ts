import type { BranchRule } from '@sconce/contract';
import { plainLine } from '../../words/plain-text.ts';

/** `main, release/*` */
export const branchWords = ({ branches }: Pick<BranchRule, 'branches'>): string => plainLine(branches.join(', '), 200);
