import { createContext, useContext } from 'solid-js';
import type { DispatchRequest } from '../../../shared/dispatch.ts';
import type { Live } from './live.ts';

/** What every page is given. */
export type App = {
  live: Live;
  /** Opens the dialog that dispatches; whatever is given is filled in. */
  openDispatch(draft: Partial<DispatchRequest>): void;
  openPalette(): void;
  signOut(): void;
  /** Whether anything may be asked of the coordinator now. */
  canAct(): boolean;
};

const AppContext = createContext<App>();

export const AppProvider = AppContext.Provider;

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error('a part of the page stands outside of the app');
  return app;
}

export const useLive = (): Live => useApp().live;
