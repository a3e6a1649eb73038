// Generated from api/openapi.json by `npm run api`. Do not edit.

export interface paths {
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Alerts, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description Only of this case. */
                    case?: string | null;
                    /** @description `next` of the page before. */
                    after?: string | null;
                    /** @description At most this many, up to 200. */
                    limit?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AlertList"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One alert. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AlertView"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}/raw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The bytes as they came, as a download. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The bytes */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": string;
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The audit record, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the page before. */
                    after?: string | null;
                    /** @description At most this many, up to 200. */
                    limit?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AuditList"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/automate-next": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Decisions of people that hardly ever varied, those that cost most time first. */
        get: {
            parameters: {
                query?: {
                    /** @description Of runs that ended in the last so many days, 1 to 400; 30 if left out. */
                    days?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AutomateNextView"][];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/backtests/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One backtest as it stands. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BacktestView"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/backtests/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a backtest; what it found until then is kept. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Copy the database into the data folder's `backups` while everything goes on. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Backup"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Cases, newest change first. */
        get: {
            parameters: {
                query?: {
                    /** @description Comma-separated statuses. */
                    status?: string | null;
                    /** @description Comma-separated types. */
                    type?: string | null;
                    /** @description Comma-separated severities. */
                    severity?: string | null;
                    /** @description Comma-separated verdicts. */
                    verdict?: string | null;
                    /** @description An owner's name. */
                    owner?: string | null;
                    /** @description Words in number, title or observables; the last word may be unfinished. */
                    q?: string | null;
                    /** @description `next` of the page before. */
                    after?: string | null;
                    /** @description At most this many, up to 200. */
                    limit?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CaseList"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/counts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many cases there are, by each filter. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CaseCounts"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One case, by its id or number. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CaseDetail"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change title, severity or owner. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["CaseEdit"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CaseDetail"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/cases/{id}/buttons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The buttons that a case has now: playbooks that are started from it. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ButtonView"][];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Close a case. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Closing"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CaseDetail"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/comments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add a comment. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewComment"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/reopen": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Open a closed case again. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Reopening"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CaseDetail"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The summary report as a document. */
        get: {
            parameters: {
                query?: {
                    /** @description `html` (the default), `md` or `json`. */
                    format?: string | null;
                    /** @description Of this run instead of the latest. */
                    run?: string | null;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The document */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/html": string;
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run the case's playbook again. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RunSummary"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/signals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tell every run of a case that something happened. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Signal"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Told"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cases/{id}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened to a case, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the page before. */
                    after?: string | null;
                    /** @description At most this many, up to 200. */
                    limit?: number | null;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Timeline"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/connections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All connections. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConnectionView"][];
                    };
                };
            };
        };
        put?: never;
        /** Configure an instance of a connector; it takes part in the next fan-out. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ConnectionInput"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConnectionView"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/connections/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One connection. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConnectionView"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /** Remove a connection and its secrets. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Change a connection. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ConnectionInput"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConnectionView"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/connections/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask the product something harmless through this connection. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TestResult"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/connectors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All products that the content knows. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ConnectorView"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What keeps the installation from working. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Finding"][];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Changes of the tenant as they happen: events `alert`, `case`, `run`; `resync` when some were missed. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description text/event-stream */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/observables": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where a value has been seen. */
        get: {
            parameters: {
                query: {
                    /** @description The value, defanged or not. */
                    value: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ObservableView"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/paths": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The paths that runs of cases of one type took. */
        get: {
            parameters: {
                query: {
                    /** @description Of cases of this type. */
                    case_type: string;
                    /** @description Of runs that ended in the last so many days, 1 to 400; 30 if left out. */
                    days?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PathsView"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbook-policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is asked of a version before it becomes live. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Policy"];
                    };
                };
            };
        };
        /** Set what is asked of a version before it becomes live; what is live stays live. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Policy"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Policy"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbook-repository": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The repository that playbooks come from, and what the last pull did. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RepositoryView"];
                    };
                };
            };
        };
        /** Set the repository that playbooks come from. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RepositoryInput"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RepositoryView"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbook-repository/pull": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read the branch's newest commit and take what is new in it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PullView"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbook-schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The JSON Schema of a playbook. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbook-vocabulary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The words that a playbook can be written with: `{capabilities, actions, functions, roots, kinds, nouns, playbooks,
         *     bots, connections}`.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All playbooks with their health. */
        get: {
            parameters: {
                query?: {
                    /** @description True to see also those that were put away. */
                    archived?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybookView"][];
                    };
                };
            };
        };
        put?: never;
        /** Add a playbook; its text says its id. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PlaybookInput"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewId"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What is to be said about a text and its tests; stores nothing. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TrialInput"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Check"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read a document of another product as a playbook, without storing it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ForeignDocument"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReadPlaybook"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Play the tests of a text; stores nothing, and nothing is sent anywhere. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TrialInput"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TestReport"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One playbook with the text that an editor shows. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlaybookDetail"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/{id}/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a version live. 409 lists every point of the policy that is not met, and how to meet it. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ActivateInput"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ActivationView"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/{id}/activations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was live when, the newest change first, at most 500. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ActivationView"][];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/{id}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put a playbook away, or take it out of the archive. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ArchiveInput"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/{id}/backtests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The latest backtests of a playbook, newest first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BacktestView"][];
                    };
                };
            };
        };
        put?: never;
        /** Try a version on the runs of the last days, in the background. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Backtesting"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BacktestBegun"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/{id}/deactivate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a playbook out of service; new runs take the shipped one of its id, if there is one. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MessageInput"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ActivationView"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/{id}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What differs between two texts of a playbook. */
        get: {
            parameters: {
                query: {
                    /** @description The older side. */
                    from: string;
                    /** @description The newer side. */
                    to: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DiffView"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/{id}/draft": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Save a draft. `base` is the digest of what was read before; 409 says who saved meanwhile. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["DraftInput"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SavedDraft"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        /** Throw the draft away. A playbook without a version goes with it. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A playbook as a file: its text, or a bundle with its tests. */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description `yaml` (the text alone), `bundle` (with its tests), `cacao` (a CACAO v2.0 document) or `cacao-report` (what that
                     *     document says otherwise).
                     */
                    format?: string;
                    /** @description A version's number, `draft`, `live` or `shipped`. */
                    version?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/yaml": string;
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/{id}/inputs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Set the values that new runs start with; a null takes a value away. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": Record<string, never>;
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/playbooks/{id}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make the version live that was live before. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MessageInput"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ActivationView"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/{id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start a playbook: on a case, or with a case of its own. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["StartRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RunSummary"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/{id}/triggers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The triggers of a live playbook, `case_types` first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TriggerLine"][];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/{id}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The versions, the newest first, at most 500. */
        get: {
            parameters: {
                query?: {
                    /** @description Only those below this number; 0 starts at the newest. */
                    before?: number;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["VersionView"][];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Make a version of the draft; of a shipped playbook without one, an unchanged copy. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MessageInput"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["VersionView"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/{id}/versions/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One version with its text and tests. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    number: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["VersionDetail"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/playbooks/{id}/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Why a playbook started for an alert or a case, or why not: what was decided, and what its triggers would say now. */
        get: {
            parameters: {
                query?: {
                    /** @description About this alert. */
                    alert?: string | null;
                    /** @description About this case, by number or id. */
                    case?: string | null;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Why"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Runs, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description Only of this case. */
                    case?: string | null;
                    /** @description Only in this state. */
                    state?: string | null;
                    /** @description `next` of the page before. */
                    after?: string | null;
                    /** @description At most this many, up to 200. */
                    limit?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RunList"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One run with its steps. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RunDetail"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/blobs/{hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A payload of the run's exchanges, as a download. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                    hash: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The bytes */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/octet-stream": string;
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a run. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Cancelling"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Play a past run with another version; answers come from its journal, nobody is called. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Comparing"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ComparisonView"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/control": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Steer a run that is not over. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Steering"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Prove a run from its journal, without network. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ReplayResult"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Do a run that is over again from one of its steps, with everything that was answered before. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Again"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RunSummary"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take back what a run that is over did, in a run of its own. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RunSummary"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/signals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tell a run that something happened. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Signal"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/step": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One step of a run with input, output and everything said on the wire. */
        get: {
            parameters: {
                query: {
                    /** @description The step's path. */
                    path: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["StepDetail"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/steps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add a step to a run that is not over. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AddedStep"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a test of a past run. It is handed back and not stored. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MakingTest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MadeTestView"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who am I? */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Sign in: sets the session cookie. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SignIn"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        /** Sign out: ends the session and clears the cookie. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Replace one's own password; every session of the account ends. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PasswordChange"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All intakes. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SourceView"][];
                    };
                };
            };
        };
        put?: never;
        /** Configure an intake; its token is answered once. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SourceInput"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SourceWithToken"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sources/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change an intake. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["SourceInput"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["SourceView"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sources/{name}/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A new token; the old one stops working at once. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NewToken"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sources/{source}/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand in alerts: a bare IOC, a JSON alert, a log line or a mail; or several of them.
         * @description Answers 202 with the ids once everything accepted is on disk.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description The source's name */
                    source: string;
                };
                cookie?: never;
            };
            /** @description Anything: text, JSON, a mail */
            requestBody: {
                content: {
                    "*/*": string;
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Receipt"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                413: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tasks, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description `open` or `done`. */
                    state?: string | null;
                    /** @description `manual`, `ask` or `approve`. */
                    kind?: string | null;
                    /** @description Only of this case: its id or number. */
                    case?: string | null;
                    /** @description Only of this run. */
                    run?: string | null;
                    /** @description Only those that name you or your role, or nobody. */
                    mine?: boolean;
                    /** @description `next` of the page before. */
                    after?: string | null;
                    /** @description At most this many, up to 200. */
                    limit?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TaskList"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One task. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TaskView"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tasks/{id}/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer a task. The answer is durable with the 200; most often the run has gone on by then. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TaskReply"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TaskView"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/trigger-decisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was decided when something happened that may start a playbook, the newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description Only about this playbook. */
                    playbook?: string | null;
                    /** @description Only about this alert. */
                    alert?: string | null;
                    /** @description Only about this case, by number or id. */
                    case?: string | null;
                    /** @description At most this many, up to 200. */
                    limit?: number | null;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DecisionLine"][];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All accounts. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UserView"][];
                    };
                };
            };
        };
        put?: never;
        /** Make an account; its one-time password is answered once. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewUser"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UserWithPassword"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change an account. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UserEdit"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UserView"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/api/v1/users/{id}/password-reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A new one-time password; the account's sessions end. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OneTimePassword"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description One alert that is durable. */
        AcceptedAlert: {
            /** @description Its id. */
            id: string;
        };
        /** @description One action of a connector. */
        ActionView: {
            /** @description The capabilities it provides. */
            capabilities: string[];
            /** @description `read`, `notify`, `write`, `contain_reversible` or `irreversible`. */
            effect: string;
            /** @description Its name. */
            name: string;
            /** @description What it does. */
            title: string;
        };
        /** @description Which version becomes live. */
        ActivateInput: {
            /** @description Why. */
            message?: string;
            /**
             * Format: int32
             * @description Its number.
             */
            number: number;
        };
        /** @description A change of what is live. */
        ActivationView: {
            /** @description When. */
            at: string;
            /**
             * Format: int32
             * @description The version that was live before.
             */
            before?: number | null;
            /** @description Who did it. */
            by: string;
            /** @description Why. */
            message: string;
            /**
             * Format: int32
             * @description The version that became live; null when the playbook was taken out of service.
             */
            number?: number | null;
            /** @description True when an earlier version came back. */
            rollback: boolean;
        };
        /** @description A step that is added to a run. */
        AddedStep: {
            /** @description Why; for the record. */
            note?: string;
            /** @description The step as in a playbook: `{id, action, with}`. */
            step: unknown;
        };
        /** @description From where a run is done again. */
        Again: {
            /** @description The path of the step with which it begins: `lookups[3]/ask`. */
            from: string;
            /** @description True when it is to wait for a person before the step. */
            paused?: boolean;
        };
        /** @description A page of alerts. */
        AlertList: {
            /** @description Newest first. */
            items: components["schemas"]["AlertView"][];
            /** @description For `after`, if there is more. */
            next?: string | null;
        };
        /** @description One received item. */
        AlertView: {
            /** @description Its case. */
            case?: string | null;
            /** @description What the sender said they are. */
            content_type: string;
            /** @description What could not be understood. */
            diagnostics: string[];
            /** @description The mapped fields. */
            fields: unknown;
            /** @description Its id. */
            id: string;
            /** @description The typed values found in it: `{type, value, excluded}`. */
            observables: unknown;
            /**
             * Format: int64
             * @description How many bytes came.
             */
            raw_bytes: number;
            /** @description When it was durable. */
            received_at: string;
            /** @description The run it started or joined. */
            run?: string | null;
            /** @description `informational` to `critical`. */
            severity: string;
            /** @description The intake's id. */
            source: string;
            /** @description `received`, `admitted` or `ignored`. */
            state: string;
            /** @description What a person reads first. */
            title: string;
        };
        /** @description Whether to put away or to take out again. */
        ArchiveInput: {
            /** @description False takes it out of the archive. */
            archived?: boolean;
        };
        /** @description One entry. */
        AuditLine: {
            /** @description What. */
            action: string;
            /** @description Who. */
            actor: string;
            /** @description When. */
            at: string;
            /** @description More about it. */
            detail: unknown;
            /** @description To which thing. */
            object: string;
        };
        /** @description A page of the record. */
        AuditList: {
            /** @description Newest first. */
            items: components["schemas"]["AuditLine"][];
            /** @description For `after`, if there is more. */
            next?: string | null;
        };
        /** @description A decision of people whose answer hardly ever varied. */
        AutomateNextView: {
            /** @description The usual answer. */
            answer: string;
            /**
             * Format: int64
             * @description How often it was answered.
             */
            answered: number;
            /** @description When it was answered otherwise. */
            counter_examples: components["schemas"]["CounterExampleView"][];
            /** @description `manual`, `ask`, `approve` or `switch`. */
            kind: string;
            /**
             * Format: double
             * @description The share that it has at least, with 95 % confidence.
             */
            lower_bound: number;
            /**
             * Format: int64
             * @description The median time that people took, milliseconds.
             */
            median_ms: number;
            /** @description The playbook. */
            playbook: string;
            /**
             * Format: int64
             * @description How often with the usual answer.
             */
            same: number;
            /**
             * Format: double
             * @description Its share, 0 to 1.
             */
            share: number;
            /** @description The id of the step. */
            step: string;
            /** @description What to write in the playbook, as YAML. */
            suggestion: string;
            /** @description Its title. */
            title: string;
            /**
             * Format: int64
             * @description All of that time, milliseconds.
             */
            total_ms: number;
        };
        /** @description A backtest in the list. */
        Backtest: {
            /** @description When it was finished. */
            at: string;
            /**
             * Format: int32
             * @description How many days of cases it went through.
             */
            days: number;
            /** @description Its id. */
            id: string;
            /** @description What would be different, in a few words. */
            verdict: string;
        };
        /** @description The id of what was begun. */
        BacktestBegun: {
            /** @description For `/api/v1/backtests/{id}`. */
            id: string;
        };
        /** @description A version tried on past runs. */
        BacktestView: {
            /** @description Who wanted it. */
            by: string;
            /** @description When. */
            created_at: string;
            /**
             * Format: int32
             * @description How many days back.
             */
            days: number;
            /** @description SHA-256 of the text that is tried. */
            digest: string;
            /** @description When it ended. */
            ended_at?: string | null;
            /** @description Why it could not go on; may be empty. */
            error: string;
            /** @description Its id. */
            id: string;
            /**
             * Format: int32
             * @description At most so many runs.
             */
            limit: number;
            /**
             * Format: int64
             * @description Past runs that were looked at so far.
             */
            looked_at: number;
            /**
             * Format: int64
             * @description Of them: those that the version would have been started for.
             */
            matched: number;
            /** @description True when there were more than `limit`. */
            more: boolean;
            /** @description The playbook. */
            playbook: string;
            result?: components["schemas"]["TallyView"] | null;
            /** @description What is tried: a version's number, `draft`, `live`, `shipped` or `text`. */
            source: string;
            /** @description `queued`, `running`, `done`, `cancelled` or `failed`. */
            state: string;
        };
        /** @description A backtest that is wanted. */
        Backtesting: {
            /**
             * Format: int32
             * @description Runs that began in the last so many days, 1 to 90.
             */
            days: number;
            /**
             * Format: int32
             * @description At most so many runs, the newest first; 10,000 if left out.
             */
            limit?: number | null;
            /** @description A version's number, `draft`, `live` or `shipped`; `draft` if left out. */
            source?: string | null;
            /** @description The text itself instead. */
            text?: string | null;
        };
        /** @description A backup that was made. */
        Backup: {
            /** @description The file on the server's disk. */
            path: string;
        };
        /** @description A button of a case. */
        ButtonView: {
            /** @description What the playbook takes: a list of `{name, type, required, default, options, summary}`. */
            inputs: unknown;
            /** @description The playbook behind it. */
            playbook: string;
            /** @description What it says. */
            title: string;
        };
        /** @description What can be done to a run as it stands. */
        CanView: {
            /** @description `steps`. */
            add_step: boolean;
            /** @description It is not over. */
            cancel: boolean;
            /** @description `control` with `pause`. */
            pause: boolean;
            /** @description `rerun`. */
            rerun: boolean;
            /** @description `control` with `resume`. */
            resume: boolean;
            /** @description `control` with `rollback`, or, for a run that is over, `rollback`. */
            rollback: boolean;
            /** @description `control` with `run_to`, `skip` and `retry`, where the step allows it; and signals. */
            run_to: boolean;
            /** @description `control` with `step`. */
            step: boolean;
        };
        /** @description Why a run is stopped. */
        Cancelling: {
            /** @description Why. */
            reason?: string;
        };
        /** @description How many cases there are, by each filter. */
        CaseCounts: {
            /** @description By severity. */
            by_severity: {
                [key: string]: number;
            };
            /** @description By status. */
            by_status: {
                [key: string]: number;
            };
            /** @description By type. */
            by_type: {
                [key: string]: number;
            };
            /** @description By verdict. */
            by_verdict: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description All.
             */
            total: number;
        };
        /** @description One case with everything that its page shows. */
        CaseDetail: components["schemas"]["CaseSummary"] & {
            /** @description More about the closing. */
            close_note: string;
            /** @description The identity by which the next alert finds this case. */
            dedup_key: string;
            /** @description Which rule led to the verdict, in words. */
            explanation: string;
            /** @description What it is about. */
            observables: components["schemas"]["CaseObservable"][];
            /** @description The case it was escalated from. */
            parent?: string | null;
            /** @description Reports, newest first. */
            reports: components["schemas"]["ReportRef"][];
            /** @description Runs, newest first. */
            runs: components["schemas"]["RunSummary"][];
            /** @description Tickets in other systems. */
            tickets: components["schemas"]["TicketRef"][];
        };
        /** @description What to change; what is left out stays. */
        CaseEdit: {
            /** @description The owner's name; an empty one takes the owner away. */
            owner?: string | null;
            /** @description The severity. */
            severity?: string | null;
            /** @description The title. */
            title?: string | null;
        };
        /** @description A page of cases. */
        CaseList: {
            /** @description Newest change first. */
            items: components["schemas"]["CaseSummary"][];
            /** @description For `after`, if there is more. */
            next?: string | null;
        };
        /** @description An observable of a case with everything said about it. */
        CaseObservable: {
            /** @description Each provider's answer in the latest run. */
            answers: components["schemas"]["ProviderAnswer"][];
            /** @description Why it is never looked up outside, if so. */
            excluded?: string | null;
            /** @description `ipv4`, `domain`, … */
            type: string;
            /** @description The canonical value. */
            value: string;
            verdict?: components["schemas"]["Opinion"] | null;
        };
        /** @description One line of the case list. */
        CaseSummary: {
            /** @description Why it was closed. */
            close_reason?: string | null;
            /** @description When it was closed. */
            closed_at?: string | null;
            first_observable?: components["schemas"]["ObservableRef"] | null;
            /** @description Its id. */
            id: string;
            /**
             * Format: int64
             * @description The number that people say.
             */
            number: number;
            /**
             * Format: int64
             * @description How many observables it has.
             */
            observables_count: number;
            /**
             * Format: int64
             * @description How many alerts it stands for.
             */
            occurrences: number;
            /** @description When it was opened. */
            opened_at: string;
            /** @description Who owns it. */
            owner?: string | null;
            /**
             * Format: int32
             * @description 0 to 100.
             */
            score: number;
            /** @description `informational` to `critical`. */
            severity: string;
            /** @description `new`, `in_progress`, `waiting` or `closed`. */
            status: string;
            ticket?: components["schemas"]["TicketRef"] | null;
            /** @description What a person reads first. */
            title: string;
            /** @description Its type: `Enrichment`, `Investigation`, … */
            type: string;
            /** @description When anything last changed. */
            updated_at: string;
            /** @description `unknown`, `benign`, `suspicious` or `malicious`. */
            verdict: string;
        };
        /** @description What is to be said about a text. */
        Check: {
            /** @description What is wrong with text and tests, with places. */
            diagnostics: components["schemas"]["PlaybookFinding"][];
            /** @description The steps as nodes and arrows. */
            graph: components["schemas"]["Graph"];
            /** @description The steps as a run shows them; null while the text has errors. */
            outline: unknown;
            /** @description The steps with their places; null when the text is no YAML. */
            tree: unknown;
        };
        /** @description Why a case is closed. */
        Closing: {
            /** @description More about it. */
            note?: string;
            /** @description `clean`, `resolved`, `false_positive`, `duplicate`, `inconclusive`, … */
            reason: string;
        };
        /** @description With what a run is compared; without anything: with what new runs take. */
        Comparing: {
            /** @description The playbook; that of the run if left out. */
            playbook?: string | null;
            /** @description The text itself instead. */
            text?: string | null;
            /** @description A version's number, `draft`, `live` or `shipped`. */
            version?: string | null;
        };
        /** @description A past run against another version. */
        ComparisonView: {
            /** @description SHA-256 of that text. */
            digest: string;
            first?: components["schemas"]["FirstDifferenceView"] | null;
            /** @description True when every step went the same way with the same values. */
            identical: boolean;
            /** @description Differing steps that are not listed. */
            left_out: number;
            /** @description How it ends with the other version. */
            now: unknown;
            /** @description The playbook. */
            playbook: string;
            /** @description The run. */
            run: string;
            /** @description Steps that differ, in the order of the run. */
            steps: components["schemas"]["StepDifferenceView"][];
            /** @description How the run ended: `{state, message, output, case}`. */
            then: unknown;
            /** @description Calls and questions that the recording has no answer to. */
            unanswered: components["schemas"]["MissingView"][];
            /** @description What it was compared with: a version's number, `draft`, `live`, `shipped` or `text`. */
            with: string;
        };
        /** @description What to set on a connection; what is left out stays. It holds secrets and does not print. */
        ConnectionInput: {
            /** @description True allows private addresses. */
            allow_private?: boolean | null;
            /** @description Replaces the manifest's base URL. */
            base_url?: string | null;
            /** @description The connector's id; needed to make one, fixed afterwards. */
            connector?: string;
            /** @description False keeps it out of every fan-out. */
            enabled?: boolean | null;
            /** @description What people call it. */
            name?: string | null;
            pace?: components["schemas"]["Pace"] | null;
            /** @description Admiralty A to F. */
            reliability?: string | null;
            /** @description Secrets to set; an empty text removes one. */
            secrets?: {
                [key: string]: string;
            };
            /** @description The manifest's settings. */
            settings?: {
                [key: string]: unknown;
            } | null;
        };
        /** @description A configured instance of a connector. */
        ConnectionView: {
            /** @description True allows private addresses. */
            allow_private: boolean;
            /** @description Replaces the manifest's base URL; empty keeps it. */
            base_url: string;
            /** @description The connector's id. */
            connector: string;
            /** @description False keeps it out of every fan-out. */
            enabled: boolean;
            /** @description Its id. */
            id: string;
            /** @description What people call it. */
            name: string;
            /** @description Why it cannot be used, if it cannot. */
            problem?: string | null;
            /** @description Admiralty A to F. */
            reliability: string;
            /** @description Which secrets are set; never their values. */
            secrets: string[];
            /** @description The manifest's settings that were set. */
            settings: {
                [key: string]: unknown;
            };
            /** @description When it was last changed. */
            updated_at: string;
        };
        /** @description One product. */
        ConnectorView: {
            /** @description What it can do. */
            actions: components["schemas"]["ActionView"][];
            /** @description Where its API is, unless a connection says otherwise. */
            base_url: string;
            /** @description `threat_intelligence`, `sandbox`, `ticketing`, … */
            category: string;
            /** @description Its id. */
            id: string;
            /** @description Its name. */
            name: string;
            /** @description The secrets that a connection needs. */
            secrets: components["schemas"]["SecretView"][];
            /** @description The settings that a connection may set, as declared in the manifest. */
            settings: unknown;
            /** @description What it is good for. */
            summary: string;
            /** @description Who makes it. */
            vendor: string;
        };
        /** @description What somebody did to a run. */
        ControlView: {
            /** @description When. */
            at: string;
            /** @description Who. */
            by: string;
            /** @description `pause`, `resume`, `step`, `run_to`, `skip`, `retry` or `rollback`. */
            op: string;
            /** @description The step, if it is about one. */
            path?: string | null;
            /** @description Why; only for `skip`. */
            reason?: string | null;
        };
        /** @description A run in which people answered otherwise. */
        CounterExampleView: {
            /** @description Their answer. */
            answer: string;
            /** @description Who. */
            by: string;
            /** @description Which. */
            run: string;
        };
        /** @description How far tests go. */
        CoverageView: {
            /** @description The steps that change something outside. */
            destructive: components["schemas"]["DestructiveStep"][];
            /** @description The branches that no test takes. */
            missing: components["schemas"]["MissingBranch"][];
            /**
             * Format: int32
             * @description Hundredths of the branches that are taken.
             */
            percent: number;
            /** @description Branches that some test takes. */
            taken: number;
            /** @description All branches. */
            total: number;
        };
        /** @description What was decided about a playbook when something happened that may start it. */
        DecisionLine: {
            /** @description The alert that it was about. */
            alert?: string | null;
            /** @description When. */
            at: string;
            /** @description The case that it was about. */
            case?: string | null;
            /** @description The kind of trigger; `hand` for a person's wish. */
            kind: string;
            /**
             * Format: int64
             * @description How many like it came before and were only counted.
             */
            more: number;
            /** @description `started`, `condition`, `error`, `overlap` or `limit`. */
            outcome: string;
            /** @description Which playbook. */
            playbook: string;
            /** @description What the condition read, if it did not hold. */
            read: components["schemas"]["ReadValue"][];
            /** @description Why, in one sentence. */
            reason: string;
            /** @description Which run. */
            run?: string | null;
            /** @description Whether a run was made. */
            started: boolean;
            /** @description The trigger in one line. */
            trigger: string;
        };
        /** @description A step that changes something outside. */
        DestructiveStep: {
            /** @description What it does. */
            action: string;
            /** @description True when a test runs it after somebody approved. */
            approved: boolean;
            /** @description True when a test denies that approval, and the step does not run. */
            denied: boolean;
            /** @description `write`, `contain_reversible` or `irreversible`. */
            effect: string;
            /** @description True when a test runs it. */
            reached: boolean;
            /** @description Its id. */
            step: string;
        };
        /** @description What was not as written in one run. */
        DeviationView: {
            /** @description Who did it; empty when nobody did. */
            by: string;
            /** @description In which run. */
            run: string;
            /** @description The step; empty for the run as a whole. */
            step: string;
            /** @description `skipped`, `retried`, `ad_hoc`, `cancelled` or `failed`. */
            what: string;
        };
        /** @description What differs between two texts. */
        DiffView: {
            /** @description The older side, as it was asked for. */
            from: string;
            /** @description The same as data. */
            hunks: components["schemas"]["HunkView"][];
            /** @description By steps; null when one of the texts is no YAML. */
            steps?: components["schemas"]["StepChangeView"][] | null;
            /** @description The files with tests that differ. */
            tests: components["schemas"]["TestDiffView"][];
            /** @description The newer side. */
            to: string;
            /** @description The unified text; empty when the texts are the same. */
            unified: string;
        };
        /** @description One difference between what was done and what would be done. */
        DiffersView: {
            /** @description Its case. */
            case: string;
            /**
             * Format: int64
             * @description The number that people say.
             */
            case_number: number;
            /** @description What would be done. */
            now: unknown;
            /** @description The run. */
            run: string;
            /** @description What was done. */
            then: unknown;
            /** @description `state`, `verdict`, `closed`, `tickets`, `escalated` or `contained`. */
            what: string;
        };
        /** @description A mistake in a document. */
        DocumentProblem: {
            /** @description `UA…`. */
            code: string;
            /** @description How to mend it; may be empty. */
            hint: string;
            /** @description `error` or `warning`. */
            level: string;
            /** @description What is wrong. */
            message: string;
            /** @description JSON pointer to the place. */
            pointer: string;
        };
        /** @description A text to save. */
        DraftInput: {
            /** @description The `digest` of what was read before; null when there was nothing. */
            base?: string | null;
            /** @description The tests beside it: file name to text. */
            tests?: {
                [key: string]: string;
            };
            /** @description The YAML; it may have errors. */
            text: string;
        };
        /** @description A draft in the list. */
        DraftView: {
            /** @description When. */
            at: string;
            /** @description Who saved it last. */
            author: string;
            /** @description What whoever saves it names as `base`. */
            digest: string;
            /** @description True when it has no errors. */
            sound: boolean;
        };
        /** @description One request and its answer. */
        ExchangeView: {
            /** @description When it was complete. */
            ended_at: string;
            /** @description Why there was no answer. */
            failure?: unknown;
            /** @description Method, URL and headers; never a secret. */
            request: unknown;
            /** @description The request's body, if it had one. */
            request_body?: string | null;
            /** @description The answer's body: its address for `/api/v1/runs/{id}/blobs/{hash}`. */
            response_body?: string | null;
            /** @description The answer's headers. */
            response_headers: unknown;
            /** @description When it went out. */
            started_at: string;
            /**
             * Format: int32
             * @description The answer's status; 0 when there was none.
             */
            status: number;
        };
        /** @description One field that changed. */
        FieldChangeView: {
            /** @description The new value; null when it is gone. */
            after: unknown;
            /** @description The old value; null when it is new. */
            before: unknown;
            /** @description The path in the step: `with.ip`. */
            path: string;
        };
        /** @description What is wrong with one field of a form. */
        FieldProblem: {
            /** @description The field's name. */
            field: string;
            /** @description How to mend it; may be empty. */
            hint: string;
            /** @description What is wrong, one sentence. */
            message: string;
        };
        /** @description One finding of the doctor. */
        Finding: {
            /** @description What was found. */
            found: string;
            /** @description What to do about it. */
            hint: string;
            /** @description True when it is as it should be. */
            ok: boolean;
            /** @description What was looked at. */
            what: string;
        };
        /** @description Where two versions part. */
        FirstDifferenceView: {
            /** @description The place inside of the value; empty for the whole. */
            at: string;
            /** @description What the other version gives. */
            now: unknown;
            /** @description The step's path; empty for the end of the run. */
            path: string;
            /** @description What the run had. */
            then: unknown;
            /** @description What differs. */
            what: string;
        };
        /** @description A document of another product. */
        ForeignDocument: {
            /** @description The document. */
            document: unknown;
            /** @description `cacao`: OASIS CACAO v2.0. */
            format: string;
            /** @description True to take it with mistakes that do not keep it from being read. */
            lenient?: boolean;
        };
        /** @description Steps as nodes and arrows. */
        Graph: {
            /** @description What follows what; `start` and `end` are the ends of the playbook. */
            edges: components["schemas"]["GraphEdge"][];
            /** @description The steps, in the order of the text. */
            nodes: components["schemas"]["GraphNode"][];
        };
        /** @description One arrow. */
        GraphEdge: {
            /** @description The key of a node, or `start`. */
            from: string;
            /** @description `next`, `branch`, `loop`, `error` or `undo`. */
            kind: string;
            /** @description What leads there; may be empty. */
            label: string;
            /** @description The key of a node, or `end`. */
            to: string;
        };
        /** @description One step. */
        GraphNode: {
            /** @description The place of its block inside that step. */
            branch: string;
            /** @description True when a condition can skip it. */
            conditional: boolean;
            /** @description Its id. */
            id: string;
            /** @description JSON pointer to the step. */
            key: string;
            /** @description Its kind. */
            kind: string;
            /** @description Its title, or what it names. */
            label: string;
            /**
             * Format: int32
             * @description Its first line.
             */
            line: number;
            /** @description The key of the step around it; empty at the top. */
            parent: string;
        };
        /** @description How runs went. */
        Health: {
            /**
             * Format: double
             * @description The share of those that ended well in which no person took part, 0 to 1; null when none ended well.
             */
            automation?: number | null;
            /**
             * Format: int64
             * @description Of them: stopped by a person.
             */
            cancelled: number;
            /**
             * Format: int64
             * @description Of them: failed.
             */
            failed: number;
            /**
             * Format: double
             * @description The share that failed, 0 to 1.
             */
            failure_rate: number;
            /** @description When the last one ended. */
            last_at?: string | null;
            /** @description The last one. */
            last_run?: string | null;
            /**
             * Format: int64
             * @description The median time of those that ended well, milliseconds.
             */
            median_ms?: number | null;
            /**
             * Format: int64
             * @description Runs that ended.
             */
            runs: number;
            /**
             * Format: int64
             * @description Of them: ended well.
             */
            succeeded: number;
        };
        /** @description One stretch of changed lines with some around it. */
        HunkView: {
            /** @description Its lines. */
            lines: components["schemas"]["LineView"][];
            /** @description First line in the new text, from 1. */
            new_start: number;
            /** @description First line in the old text, from 1. */
            old_start: number;
        };
        /** @description One line. */
        LineView: {
            /** @description ` ` in both, `-` in the old only, `+` in the new only. */
            op: string;
            /** @description The line. */
            text: string;
        };
        /** @description A test made of a run. */
        MadeTestView: {
            /** @description Inputs whose values are masked. */
            masked: string[];
            /** @description The name of its file among the playbook's tests. */
            name: string;
            /** @description The YAML document. */
            text: string;
        };
        /** @description What the test is called. */
        MakingTest: {
            /** @description Its title, from which its file's name follows. */
            name?: string | null;
        };
        /** @description Who is signed in. */
        Me: {
            /** @description The account's id. */
            id: string;
            /** @description True until the one-time password has been replaced; nothing else works before. */
            must_change_password: boolean;
            /** @description Its name. */
            name: string;
            /** @description What the role may do. */
            permissions: string[];
            /** @description `auditor`, `analyst`, `engineer` or `admin`. */
            role: string;
            /** @description The tenant. */
            tenant: string;
        };
        /** @description Why something is done. */
        MessageInput: {
            /**
             * @description In the words of whoever does it.
             * @default
             */
            message: string;
        };
        /** @description A branch that no test takes. */
        MissingBranch: {
            /**
             * Format: int32
             * @description Its column.
             */
            column: number;
            /** @description Which way. */
            label: string;
            /**
             * Format: int32
             * @description Its line.
             */
            line: number;
            /** @description The step where the ways part. */
            step: string;
        };
        /** @description Something that the recording does not know. */
        MissingView: {
            /** @description The connection, if one was asked. */
            connection?: string | null;
            /** @description What was asked. */
            input: unknown;
            /** @description The step's path. */
            step: string;
            /** @description An action, a capability, `manual`, `ask` or `approve`. */
            wanted: string;
        };
        /** @description A comment. */
        NewComment: {
            /** @description Its text. */
            text: string;
        };
        /** @description The id of a playbook that was made. */
        NewId: {
            /** @description The id. */
            id: string;
        };
        /** @description A new token, shown this once. */
        NewToken: {
            /** @description The token; it cannot be read again. */
            token: string;
        };
        /** @description A new account. */
        NewUser: {
            /** @description What the person signs in with. */
            name: string;
            /** @description `auditor`, `analyst`, `engineer` or `admin`. */
            role: string;
        };
        /** @description Something that does not map from one format to the other. */
        NotMapped: {
            /** @description The step's id or path; empty for the whole. */
            step: string;
            /** @description What it is: `command`, `condition`, `jump`, … */
            what: string;
            /** @description What became of it, and why. */
            why: string;
        };
        /** @description A playbook that did not become live. */
        NotPulledView: {
            /** @description Its file. */
            file: string;
            /** @description Its id. */
            id: string;
            /** @description Why, each with how to mend it. */
            reasons: string[];
        };
        /** @description A typed value, as lists show it. */
        ObservableRef: {
            /** @description `ipv4`, `domain`, … */
            type: string;
            /** @description The canonical value. */
            value: string;
        };
        /** @description Where a value has been seen. */
        ObservableView: {
            /**
             * Format: int64
             * @description How many cases it is part of.
             */
            cases: number;
            /** @description When it was first seen; none if never. */
            first_seen?: string | null;
            /** @description When it was last seen. */
            last_seen?: string | null;
            /** @description `ipv4`, `domain`, … */
            type: string;
            /** @description The canonical value. */
            value: string;
        };
        /** @description A one-time password, shown this once. */
        OneTimePassword: {
            /** @description The password. */
            one_time_password: string;
        };
        /** @description One source's or the merged opinion. */
        Opinion: {
            /** @description Which rule fired, in words. */
            explanation: string;
            /** @description `unknown`, `benign`, `suspicious` or `malicious`. */
            level: string;
            /** @description Admiralty A to F. */
            reliability?: string | null;
            /**
             * Format: int32
             * @description 0 to 100.
             */
            score: number;
        };
        /** @description What the team's plan with the vendor allows; what is left out is as the manifest says, 0 is no limit. */
        Pace: {
            /**
             * Format: int32
             * @description Exchanges that may start together after a rest.
             */
            burst?: number | null;
            /**
             * Format: int32
             * @description Exchanges under way at the same time.
             */
            concurrent?: number | null;
            /**
             * Format: double
             * @description Exchanges in any 24 hours.
             */
            per_day?: number | null;
            /**
             * Format: double
             * @description Exchanges in any hour.
             */
            per_hour?: number | null;
            /**
             * Format: double
             * @description Exchanges in any 60 seconds.
             */
            per_minute?: number | null;
            /**
             * Format: double
             * @description Exchanges a second, on average.
             */
            per_second?: number | null;
        };
        /** @description The present and the next password. */
        PasswordChange: {
            /** @description The present one. */
            current: string;
            /** @description The next one, at least 12 characters. */
            new: string;
        };
        /** @description One path. */
        PathView: {
            /**
             * Format: int64
             * @description Runs that took it.
             */
            count: number;
            /** @description What was not as written, of the latest runs. */
            deviations: components["schemas"]["DeviationView"][];
            /** @description The same for the same steps. */
            hash: string;
            /** @description When the last one ended. */
            last_at: string;
            /**
             * Format: int64
             * @description The median time from start to end, milliseconds.
             */
            median_ms?: number | null;
            /** @description Its playbook. */
            playbook: string;
            /** @description True when fewer than one in twenty took it. */
            rare: boolean;
            /** @description Some of the runs, the newest first. */
            runs: string[];
            /**
             * Format: double
             * @description Their share, 0 to 1.
             */
            share: number;
            /** @description Its steps in the order of the playbook: `lookups`, `route: ticket`, `gate: denied`. */
            steps: string[];
        };
        /** @description The paths of one case type. */
        PathsView: {
            /** @description The case type. */
            case_type: string;
            /**
             * Format: int32
             * @description How many days back.
             */
            days: number;
            /** @description The paths, the most frequent first, at most 500. */
            paths: components["schemas"]["PathView"][];
            /**
             * Format: int64
             * @description Runs that ended.
             */
            runs: number;
        };
        /** @description A playbook as an editor opens it. */
        PlaybookDetail: components["schemas"]["PlaybookView"] & {
            /** @description What is to be said about text and tests. */
            diagnostics: components["schemas"]["PlaybookFinding"][];
            /** @description What whoever saves a draft gives as `base`. */
            digest: string;
            /** @description The steps as nodes and arrows. */
            graph: components["schemas"]["Graph"];
            /** @description `draft`, `live`, `newest` or `shipped`: which text it is. */
            source: string;
            /** @description The tests beside it: file name to text. */
            test_files: {
                [key: string]: string;
            };
            /** @description The text: of the draft, else of the live version, else of the newest one, else of the shipped one. */
            text: string;
            /**
             * @description The steps with their places in the text: `{id, title, steps: [{id, kind, line, end_line, branches, …}]}`; null
             *     when the text is no YAML.
             */
            tree: unknown;
        };
        /** @description Something that is to be said about a text, with its place. */
        PlaybookFinding: {
            /** @description The finding's code. */
            code: string;
            /**
             * Format: int32
             * @description Column in characters, from 1.
             */
            column: number;
            /**
             * Format: int32
             * @description The column behind its last character.
             */
            end_column: number;
            /**
             * Format: int32
             * @description The line where it ends.
             */
            end_line: number;
            /** @description `playbook.yaml` or `tests/NAME.yaml`. */
            file: string;
            /** @description How to mend it; may be empty. */
            hint: string;
            /** @description `error` or `warning`. */
            level: string;
            /**
             * Format: int32
             * @description Line, from 1.
             */
            line: number;
            /** @description What is wrong. */
            message: string;
        };
        /** @description A new playbook: a text with tests, or a bundle. */
        PlaybookInput: {
            /** @description Instead of both: `{"playbook.yaml": "…", "tests/NAME.yaml": "…"}`, as an export gives it. */
            bundle?: {
                [key: string]: string;
            } | null;
            /** @description The name of the file that it was read from. */
            file?: string | null;
            /** @description What it is, in the author's words. With a message a version is made at once; without one it stays a draft. */
            message?: string;
            /** @description The tests beside it: file name to text. */
            tests?: {
                [key: string]: string;
            };
            /** @description The YAML; it says its id. */
            text?: string;
        };
        /** @description A playbook of the list. */
        PlaybookView: {
            /** @description True when it was put away. */
            archived: boolean;
            backtest?: components["schemas"]["Backtest"] | null;
            /** @description The case types that it is for. */
            case_types: string[];
            /** @description What it does. */
            description: string;
            draft?: components["schemas"]["DraftView"] | null;
            /** @description The repository's file that it comes from. */
            git_file?: string | null;
            /** @description What this team gives. */
            given: unknown;
            health?: components["schemas"]["Health"] | null;
            /** @description Its id. */
            id: string;
            /** @description What it takes: a list of `{name, type, required, default, options, summary}`. */
            inputs: unknown;
            /**
             * Format: int32
             * @description The number of the team's own version that new runs take; null when that is the shipped one, or none.
             */
            live?: number | null;
            /**
             * Format: int32
             * @description The newest version's number; 0 when there is none.
             */
            newest: number;
            /** @description `shipped`, `own` or `git`. */
            origin: string;
            /**
             * Format: int64
             * @description Counts every change; 0 when the team has none of its own.
             */
            revision: number;
            /** @description True when one of this id ships with the program. */
            shipped: boolean;
            /** @description Words that it is found by. */
            tags: string[];
            tests?: components["schemas"]["Tests"] | null;
            /** @description Its title. */
            title: string;
            /** @description What starts it. */
            triggers: components["schemas"]["Trigger"][];
            /** @description What new runs take, with everything that it calls; empty when they cannot take it. */
            version: string;
        };
        /** @description One of several things that stand against a request. */
        Point: {
            /** @description A stable word for programs: `tests`, `coverage`, … */
            code: string;
            /** @description How to meet it. */
            hint: string;
            /** @description What is missing. */
            what: string;
        };
        /** @description What is asked of a version before it becomes live. */
        Policy: {
            /**
             * @description What steps that an analyst adds to a running case may do outside: some of `read`, `notify`, `write`,
             *     `contain_reversible`, `irreversible`. Null leaves it as it is.
             */
            ad_hoc?: string[] | null;
            /**
             * Format: int32
             * @description A backtest of this very text, at most so many days old; null asks for none.
             */
            backtest_days?: number | null;
            /**
             * Format: int32
             * @description Hundredths of the branches that tests take; 0 asks for nothing.
             */
            coverage_min?: number;
            /**
             * @description Every step that changes something outside is reached by a test; one that contains, or cannot be taken back, with
             *     an approval given and with the same one denied.
             */
            destructive?: boolean;
            /** @description Whoever activates is none of those who wrote it. */
            second_person?: boolean;
            /** @description There are tests, and all of them pass. */
            tests?: boolean;
        };
        /** @description A problem document (RFC 9457). */
        Problem: {
            /** @description A stable word for programs: `case.state`, `not_found`, … */
            code: string;
            /** @description What is wrong, one sentence. */
            detail: string;
            /** @description What is wrong with each field of a form that was filled in. */
            fields?: components["schemas"]["FieldProblem"][];
            /** @description How to mend it; may be empty. */
            hint: string;
            /** @description All that stands against it, each with how to meet it; left out when there is one reason only. */
            points?: components["schemas"]["Point"][];
            /** @description The status in words. */
            title: string;
        };
        /** @description What one provider said about one observable. */
        ProviderAnswer: {
            /** @description The action. */
            action: string;
            /** @description When it answered. */
            at: string;
            /** @description True when a recent answer was used again. */
            cached: boolean;
            /** @description The connection's name. */
            connection: string;
            /**
             * Format: int64
             * @description Milliseconds.
             */
            latency_ms: number;
            /** @description Where a person can read on. */
            link?: string | null;
            /** @description `answered`, `not_found`, `failed` or `skipped`. */
            outcome: string;
            /** @description The action's outputs. */
            output: unknown;
            /** @description The connector's id. */
            provider: string;
            /** @description Why it failed or was skipped. */
            reason: string;
            verdict?: components["schemas"]["Opinion"] | null;
        };
        /** @description What a pull did. */
        PullView: {
            /** @description When; of the last look, also when nothing was new. */
            at?: string | null;
            /** @description Who asked for it. */
            by: string;
            /** @description What became live. */
            changed: components["schemas"]["PulledView"][];
            /** @description The branch's newest commit; empty when it could not be read. */
            commit: string;
            /** @description Why nothing could be read at all; empty when it could. */
            error: string;
            /** @description What could not be taken, or may not become live; it is a draft. */
            refused: components["schemas"]["NotPulledView"][];
            /** @description Those that are gone from the repository and were put away. */
            removed: string[];
            /** @description True when its signature was checked and good. */
            signed: boolean;
            /** @description How many were as they are already. */
            unchanged: number;
        };
        /** @description A playbook that became live. */
        PulledView: {
            /** @description Its file. */
            file: string;
            /** @description Its id. */
            id: string;
            /**
             * Format: int32
             * @description Its version.
             */
            number: number;
        };
        /** @description A playbook that was made of a document; nothing is stored. */
        ReadPlaybook: {
            /** @description The playbook's id; null when the document is refused. */
            id?: string | null;
            /** @description What is wrong with the document, errors first. */
            problems: components["schemas"]["DocumentProblem"][];
            /** @description What the playbook says otherwise than the document, or not at all. */
            report: components["schemas"]["NotMapped"][];
            /** @description Its tests: file name to text. */
            tests: {
                [key: string]: string;
            };
            /** @description Its YAML; null when the document is refused. */
            text?: string | null;
        };
        /** @description A value that a condition read. */
        ReadValue: {
            /** @description Where: `alert.severity`. */
            path: string;
            /** @description What it was, as JSON, cut short; `missing` if there was none. */
            value: string;
        };
        /** @description What was taken of a delivery. */
        Receipt: {
            /** @description How many those are. */
            accepted: number;
            /** @description The alerts that are on disk now, in the order of the delivery. */
            alerts: components["schemas"]["AcceptedAlert"][];
        };
        /** @description Why a case is opened again. */
        Reopening: {
            /** @description Why. */
            note?: string;
        };
        /** @description What a replay found. */
        ReplayResult: {
            /** @description The digest of the final state. */
            digest: string;
            /** @description The first difference. */
            divergence?: unknown;
            /** @description How many journal entries were folded. */
            entries: number;
            /** @description How many exchanges were compared. */
            exchanges: number;
            /** @description True when every request, every result and the final state came out the same, byte for byte. */
            identical: boolean;
        };
        /** @description A report that can be fetched. */
        ReportRef: {
            /** @description `html`, `md` or `json`. */
            format: string;
            /** @description The run that wrote it. */
            run: string;
        };
        /** @description What to set. */
        RepositoryInput: {
            /** @description The branch. */
            branch?: string;
            /**
             * Format: int32
             * @description Minutes between two pulls; 0 pulls on request only.
             */
            every_minutes?: number;
            /** @description The folder of a clone or a bare repository on the server's machine; empty keeps playbooks here from now on. */
            folder?: string;
            /** @description The folder inside the repository that holds `playbooks/`. */
            path?: string;
            /** @description True when the branch's newest commit must have a good signature. */
            signed?: boolean;
            /**
             * @description Whose SSH signatures count, as lines of an allowed-signers file; empty: what the configuration of Git of the
             *     server's account says.
             */
            signers?: string;
        };
        /** @description Which repository, how it is read, and what the last pull did. */
        RepositoryView: {
            /** @description The branch; `origin/main` is the one of a remote as it was fetched last. */
            branch: string;
            /**
             * Format: int32
             * @description Minutes between two pulls; 0 pulls on request only.
             */
            every_minutes: number;
            /** @description The folder of a clone or a bare repository on the server's machine; empty when there is none. */
            folder: string;
            last?: components["schemas"]["PullView"] | null;
            /** @description The folder inside the repository that holds `playbooks/`. */
            path: string;
            /** @description True when the branch's newest commit must have a good signature. */
            signed: boolean;
            /** @description Whose SSH signatures count, as lines of an allowed-signers file. */
            signers: string;
        };
        /** @description A run with its steps. */
        RunDetail: components["schemas"]["RunSummary"] & {
            /** @description What can be done to it now. */
            can: components["schemas"]["CanView"];
            /** @description What people did to it, in order. */
            controls: components["schemas"]["ControlView"][];
            /** @description The paths of the steps that would begin if it were resumed. */
            held: string[];
            /** @description The playbook as a tree: `{id, title, steps: [{id, title, kind, steps, …}]}`. */
            outline: unknown;
            /** @description Who paused it, if it is paused. */
            paused?: string | null;
            /** @description What was done, in order; `parent` makes it a tree. */
            steps: components["schemas"]["StepLine"][];
            /** @description The paths of the steps that succeeded and can be taken back, oldest first. */
            undoable: string[];
        };
        /** @description A page of runs. */
        RunList: {
            /** @description Newest first. */
            items: components["schemas"]["RunSummary"][];
            /** @description For `after`, if there is more. */
            next?: string | null;
        };
        /** @description The head of a run. */
        RunSummary: {
            /** @description Its case. */
            case: string;
            /**
             * Format: int64
             * @description The number that people say for its case.
             */
            case_number?: number | null;
            /** @description When it was made. */
            created_at: string;
            /** @description When it ended. */
            ended_at?: string | null;
            /** @description What went wrong. */
            error: string;
            /** @description Its id. */
            id: string;
            /** @description The earlier run to which it belongs: `{kind: rerun | rollback, of, from, by}`. */
            origin?: unknown;
            /**
             * Format: int32
             * @description How often a person took part.
             */
            people: number;
            /** @description The playbook's name. */
            playbook: string;
            /** @description The pinned version. */
            playbook_version: string;
            /** @description Its place in the queues. */
            priority: string;
            /** @description When its first step started. */
            started_at?: string | null;
            /** @description `queued`, `running`, `waiting`, `succeeded`, `failed` or `cancelled`. */
            state: string;
            /**
             * Format: int64
             * @description How many steps it has done.
             */
            step_count: number;
            /** @description For what it waits. */
            waiting_for: string;
            /** @description Until when. */
            wake_at?: string | null;
        };
        /** @description A draft that was saved. */
        SavedDraft: {
            /** @description What is to be said about text and tests. */
            diagnostics: components["schemas"]["PlaybookFinding"][];
            /** @description The `base` of the next save. */
            digest: string;
            /** @description The steps as nodes and arrows. */
            graph: components["schemas"]["Graph"];
            /**
             * Format: int64
             * @description The playbook's revision.
             */
            revision: number;
            /** @description The steps with their places; null when the text is no YAML. */
            tree: unknown;
        };
        /** @description One secret that a connection needs. */
        SecretView: {
            /** @description Its name. */
            name: string;
            /** @description True when nothing works without it. */
            required: boolean;
            /** @description What it is. */
            summary: string;
        };
        /** @description Name and password. */
        SignIn: {
            /** @description The account's name. */
            name: string;
            /** @description Its password. */
            password: string;
        };
        /** @description Something that happened. */
        Signal: {
            /** @description Its name: 1 to 64 characters without spaces. */
            name: string;
            /** @description More about it. */
            payload?: unknown;
        };
        /** @description What to set on an intake. */
        SourceInput: {
            /** @description For alerts that say none. */
            default_severity?: string | null;
            /** @description False refuses alerts. */
            enabled?: boolean;
            /** @description The mapping, or `auto`. */
            mapping?: string;
            /** @description The name in the URL; fixed once it is made. */
            name?: string;
        };
        /** @description A configured intake. */
        SourceView: {
            /** @description When it was configured. */
            created_at: string;
            /** @description For alerts that say none. */
            default_severity: string;
            /** @description False refuses alerts. */
            enabled: boolean;
            /** @description Its id. */
            id: string;
            /** @description When its last alert came. */
            last_alert_at?: string | null;
            /** @description The mapping, or `auto`. */
            mapping: string;
            /** @description The name in the URL. */
            name: string;
        };
        /** @description A source and the token that is shown this once. */
        SourceWithToken: {
            /** @description The source. */
            source: components["schemas"]["SourceView"];
            /** @description Its token; it cannot be read again. */
            token: string;
        };
        /** @description What to start. */
        StartRequest: {
            /** @description The title of the button that was pressed. */
            button?: string | null;
            /** @description On which case, by number or id; without one a case is opened for the run. */
            case?: string | null;
            /** @description Values of inputs, over those that the team gives. */
            inputs?: Record<string, never>;
            /** @description The title of the case that is opened; default: the playbook's. */
            title?: string;
        };
        /** @description What somebody did to a step. */
        SteeredView: {
            /** @description When. */
            at: string;
            /** @description Who. */
            by: string;
            /** @description Why; may be empty. */
            reason: string;
            /** @description `skip` or `retry`. */
            what: string;
        };
        /** @description How a run is steered. */
        Steering: {
            /** @description `pause`, `resume`, `step`, `run_to`, `skip`, `retry` or `rollback`. */
            op: string;
            /** @description The step's path, for `run_to`, `skip` and `retry`: `lookups[3]/ask`. */
            path?: string | null;
            /** @description Why, for `skip`. */
            reason?: string | null;
        };
        /** @description What happened to one step. */
        StepChangeView: {
            /** @description `added`, `removed`, `moved` or `changed`. */
            change: string;
            /** @description What changed in it. */
            fields: components["schemas"]["FieldChangeView"][];
            /** @description Where it stood, in words. */
            from: string;
            /** @description The step's id; empty for the playbook's own fields. */
            id: string;
            /** @description Where it stands. */
            to: string;
        };
        /** @description One step in full. */
        StepDetail: components["schemas"]["StepLine"] & {
            /** @description What it was given. */
            input: unknown;
            /** @description What it gave. */
            output: unknown;
            /** @description What was said on the wire. */
            wire: components["schemas"]["ExchangeView"][];
        };
        /** @description What became of one step. */
        StepDifferenceView: {
            /** @description What it is with the other version. */
            after?: unknown;
            /** @description What it was in the run: `{status, branch, error}`. */
            before?: unknown;
            /** @description `added`, `removed` or `changed`. */
            change: string;
            /** @description What differs in a changed step: a list of `{what, at, then, now}`. */
            differs: unknown;
            /** @description Its id. */
            id: string;
            /** @description Its kind, or `target`. */
            kind: string;
            /** @description Its path. */
            path: string;
        };
        /** @description Why a step failed. */
        StepFailure: {
            /** @description One word: `auth`, `rate_limited`, `timeout`, … */
            code: string;
            /** @description What to do about it; may be empty. */
            hint: string;
            /** @description What happened, in a sentence. */
            message: string;
        };
        /** @description One step of a run. */
        StepLine: {
            /** @description Who added it to the run; null for a step of the playbook. */
            added_by?: string | null;
            /**
             * Format: int32
             * @description Which attempt it is at, from 1.
             */
            attempt: number;
            /** @description True when a recent answer was used again. */
            cached: boolean;
            /** @description When it ended. */
            ended_at?: string | null;
            error?: components["schemas"]["StepFailure"] | null;
            /** @description How many exchanges with the outside it made. */
            exchanges: number;
            /** @description The step's id in the playbook. */
            id: string;
            /**
             * Format: int32
             * @description The index in a loop.
             */
            iteration?: number | null;
            /** @description `action`, `capability`, `for_each`, … */
            kind: string;
            /** @description The path of the step around it. */
            parent?: string | null;
            /** @description The way down the tree: `lookups[3]/ask@virustotal`. */
            path: string;
            /** @description What the round of the loop is about, in a few words: the value of an observable, the name of a file. */
            round?: string | null;
            /** @description When it started. */
            started_at?: string | null;
            /** @description `pending`, `running`, `waiting`, `succeeded`, `failed`, `skipped` or `cancelled`. */
            status: string;
            /** @description What people did to it, in order. */
            steered: components["schemas"]["SteeredView"][];
            /** @description Through which connection. */
            target?: string | null;
            /** @description Its title. */
            title: string;
        };
        /** @description What a version would do in the runs whose every call is known. */
        TableView: {
            /**
             * Format: int64
             * @description Runs that would ask people.
             */
            asked: number;
            /** @description Questions by whom they go to. */
            asked_whom: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Runs that would close their case.
             */
            closed: number;
            /** @description The same by reason. */
            closed_as: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Runs that would contain something.
             */
            contain_runs: number;
            /** @description What would be contained, each once. */
            contained: string[];
            /**
             * Format: int64
             * @description Runs that would open an internal Investigation case.
             */
            escalated: number;
            /**
             * Format: int64
             * @description Runs that would fail.
             */
            failed: number;
            /**
             * Format: int64
             * @description Tickets that would be opened.
             */
            tickets: number;
            /**
             * Format: int64
             * @description Runs that would wait for people and go no further.
             */
            waiting: number;
        };
        /** @description What a backtest found. Unknowns come first: nothing is said about those runs. */
        TallyView: {
            /**
             * Format: int64
             * @description Runs in which something would differ.
             */
            different: number;
            /** @description What would differ, at most 500 entries. */
            differs: components["schemas"]["DiffersView"][];
            /**
             * Format: int64
             * @description Differences that are not listed.
             */
            differs_left_out: number;
            /**
             * Format: int64
             * @description Runs that were played.
             */
            played: number;
            /**
             * Format: int64
             * @description Runs in which everything would be as it was.
             */
            same: number;
            /**
             * Format: int64
             * @description Steps that were played.
             */
            steps: number;
            /** @description What would be done in the others. */
            table: components["schemas"]["TableView"];
            /**
             * Format: int64
             * @description Of them: with calls that have no recording.
             */
            unknown: number;
            /** @description Calls without a recording, the most frequent first. */
            unknowns: components["schemas"]["UnknownView"][];
            /**
             * Format: int64
             * @description Runs without a readable journal.
             */
            unreadable: number;
        };
        /** @description One person's answer. */
        TaskAnswerView: {
            /** @description `{values, note}`, `{skipped}` or `{approved, note}`. */
            answer: unknown;
            /** @description When. */
            at: string;
            /** @description Who. */
            by: string;
        };
        /** @description A page of tasks. */
        TaskList: {
            /** @description Newest first. */
            items: components["schemas"]["TaskView"][];
            /** @description For `after`, if there is more. */
            next?: string | null;
        };
        /** @description An answer: `values` of the form, or `skipped` with the reason, or `approved`. */
        TaskReply: {
            /** @description True to approve, false to deny. */
            approved?: boolean | null;
            /** @description More to say. */
            note?: string | null;
            /** @description Why it is skipped; a mandatory task takes a reason. */
            skipped?: string | null;
            /** @description What was filled in, by the names of the form's fields. */
            values?: {
                [key: string]: unknown;
            } | null;
        };
        /** @description What a run asks of people. */
        TaskView: {
            /** @description The answer that counted, once it is answered. */
            answer?: unknown;
            /** @description The answers so far. */
            answered: components["schemas"]["TaskAnswerView"][];
            /** @description Since when. */
            asked_at: string;
            /** @description The case that it is about. */
            case: string;
            /**
             * Format: int64
             * @description The number that people say for it.
             */
            case_number?: number | null;
            /** @description Since when it is not open any more. */
            closed_at?: string | null;
            /** @description Until when an answer is of use. */
            deadline?: string | null;
            /** @description Its id. */
            id: string;
            /** @description `manual`, `ask` or `approve`. */
            kind: string;
            /** @description The step that asks. */
            path: string;
            /** @description The run's playbook. */
            playbook: string;
            /**
             * Format: int32
             * @description How often people were reminded.
             */
            reminded: number;
            /**
             * @description The rendered step. `manual`: `how`, `expect`, `assignee`, `mandatory`, `form`, `default`; `ask`: `to`, `subject`,
             *     `message`, `form`, `default`, `break_out`; `approve`: `question`, `roles`, `needs`, `default`. A `form` is a list
             *     of `{name, label, type, options, required, help}`.
             */
            request: unknown;
            /** @description The roles or people that it is for; empty for everybody who may change cases. */
            roles: string[];
            /** @description The run that asks. */
            run: string;
            /** @description `open`, `answered`, `expired` or `withdrawn`. */
            state: string;
            /** @description What it is about. */
            title: string;
            /** @description Why it is asked; may be empty. */
            why: string;
        };
        /** @description A file with tests that differs. */
        TestDiffView: {
            /** @description Its name. */
            name: string;
            /** @description The unified text. */
            unified: string;
        };
        /** @description One test. */
        TestLine: {
            /** @description What was not as expected. */
            faults: components["schemas"]["PlaybookFinding"][];
            /** @description `tests/NAME.yaml`. */
            file: string;
            /** @description True when everything was as expected. */
            passed: boolean;
            /** @description `succeeded`, `failed`, `cancelled` or `waiting`: how the run ended. */
            state: string;
            /** @description Steps that the run began. */
            steps: number;
            /** @description What it shows. */
            title: string;
        };
        /** @description How tests went. */
        TestReport: {
            /** @description How far they go. */
            coverage: components["schemas"]["CoverageView"];
            /** @description True when there are tests, and all passed. */
            passed: boolean;
            /** @description Each test. */
            tests: components["schemas"]["TestLine"][];
        };
        /** @description What the product said to a test. */
        TestResult: {
            /** @description How to mend it. */
            hint: string;
            /**
             * Format: int64
             * @description Milliseconds.
             */
            latency_ms: number;
            /** @description What went wrong, in words. */
            message: string;
            /** @description True when it answered as it should. */
            ok: boolean;
        };
        /** @description Tests in numbers. */
        Tests: {
            /** @description When they were played. */
            at: string;
            /** @description How many there are. */
            count: number;
            /**
             * Format: int32
             * @description Hundredths of the branches that they take.
             */
            coverage: number;
            /** @description How many pass. */
            passed: number;
        };
        /** @description A ticket, as lists show it. */
        TicketRef: {
            /** @description The connection's name. */
            connection: string;
            /** @description Their id, `SEC-42`. */
            id: string;
            /** @description What it is for. */
            purpose: string;
            /** @description Where a person opens it. */
            url: string;
        };
        /** @description A page of the timeline. */
        Timeline: {
            /** @description Newest first. */
            items: components["schemas"]["TimelineLine"][];
            /** @description For `after`, if there is more. */
            next?: string | null;
        };
        /** @description One line of what happened. */
        TimelineLine: {
            /** @description Who. */
            actor: string;
            /** @description When. */
            at: string;
            /** @description References. */
            data: unknown;
            /** @description A stable word: `alert`, `verdict`, `ticket`, `closed`, … */
            kind: string;
            /** @description One sentence. */
            text: string;
        };
        /** @description Which runs were told. */
        Told: {
            /** @description Their ids. */
            runs: string[];
        };
        /** @description A text on trial. */
        TrialInput: {
            /** @description The tests beside it: file name to text. */
            tests?: {
                [key: string]: string;
            };
            /** @description The YAML. */
            text: string;
        };
        /** @description What starts a playbook. */
        Trigger: {
            /** @description `case_type`, … */
            kind: string;
            /** @description In words. */
            text: string;
        };
        /** @description A trigger of a live playbook. */
        TriggerLine: {
            /** @description Its condition as written. */
            condition?: string | null;
            /** @description True while a live version of the playbook has it. */
            enabled: boolean;
            /** @description `case_type`, `alert`, `schedule`, `button`, `api` or `run`. */
            kind: string;
            /** @description When it last decided; of a schedule, the moment for which it last made a run. */
            last_at?: string | null;
            /** @description When a schedule is due next. */
            next_at?: string | null;
            /** @description What it is, in one line. */
            text: string;
        };
        /** @description One kind of call without a recording. */
        UnknownView: {
            /** @description The connection; empty when nobody could be asked. */
            connection: string;
            /** @description One of them: `{run, case, case_number}`. */
            example: unknown;
            /**
             * Format: int64
             * @description Runs in which it happens.
             */
            runs: number;
            /** @description The id of the step that asks. */
            step: string;
            /** @description The action or the capability. */
            wanted: string;
        };
        /** @description What to change; what is left out stays. */
        UserEdit: {
            /** @description False refuses to sign in and ends every session. */
            enabled?: boolean | null;
            /** @description The role. */
            role?: string | null;
        };
        /** @description An account. */
        UserView: {
            /** @description When it was made. */
            created_at: string;
            /** @description False refuses to sign in. */
            enabled: boolean;
            /** @description Its id. */
            id: string;
            /** @description True until the one-time password has been replaced. */
            must_change_password: boolean;
            /** @description What the person signs in with. */
            name: string;
            /** @description `auditor`, `analyst`, `engineer` or `admin`. */
            role: string;
        };
        /** @description An account and its one-time password, shown this once. */
        UserWithPassword: {
            /** @description Its one-time password. */
            one_time_password: string;
            /** @description The account. */
            user: components["schemas"]["UserView"];
        };
        /** @description A version with its text. */
        VersionDetail: components["schemas"]["VersionView"] & {
            /** @description Its tests: file name to text. */
            tests: {
                [key: string]: string;
            };
            /** @description The YAML. */
            text: string;
        };
        /** @description One version. */
        VersionView: {
            /** @description When. */
            at: string;
            /** @description Who made it a version. */
            author: string;
            /** @description Everybody who wrote on it. */
            authors: string[];
            /** @description SHA-256 of the text. */
            digest: string;
            /** @description True when it has tests. */
            has_tests: boolean;
            /** @description What changed and why. */
            message: string;
            /**
             * Format: int32
             * @description From 1, without gaps.
             */
            number: number;
            /** @description Where the text came from: `{kind: shipped|editor|import|git, file?, commit?, author?, signed?}`. */
            origin: Record<string, never>;
            /** @description SHA-256 of the text that it was made from. */
            parent?: string | null;
        };
        /** @description Why a playbook started, or why not. */
        Why: {
            /** @description What was decided, the newest first. */
            decisions: components["schemas"]["DecisionLine"][];
            /** @description What each trigger would say now. */
            now: components["schemas"]["WouldStart"][];
            /** @description What stands against it as a whole; empty if nothing does. */
            obstacle: string;
        };
        /** @description What one trigger would say now. */
        WouldStart: {
            /** @description The kind of trigger. */
            kind: string;
            /** @description What the condition read. */
            read: components["schemas"]["ReadValue"][];
            /** @description Why, in one sentence. */
            reason: string;
            /** @description Whether it would start the playbook. */
            starts: boolean;
            /** @description The trigger in one line. */
            trigger: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
