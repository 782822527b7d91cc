"""Figures of the limits that an org as a whole has: REST ``limits``, Apex ``OrgLimits``."""

from orgwright.localorg.events.bus import HOURLY_EVENTS

DAILY_API_REQUESTS = {"scratch": 15_000, "developer": 15_000, "sandbox": 5_000_000, "production": 100_000}
"""API requests a day by kind of org, unless the org's entry says otherwise."""

LIMITS: dict[str, int] = {
    "AnalyticsExternalDataSizeMB": 40960,
    "ConcurrentAsyncGetReportInstances": 200,
    "ConcurrentSyncReportRuns": 20,
    "DailyAsyncApexExecutions": 250000,
    "DailyBulkApiBatches": 15000,
    "DailyBulkV2QueryFileStorageMB": 976562,
    "DailyBulkV2QueryJobs": 10000,
    "DailyDurableStreamingApiEvents": 10000,
    "DailyGenericStreamingApiEvents": 10000,
    "DailyStandardVolumePlatformEvents": 10000,
    "DailyStreamingApiEvents": 10000,
    "DailyWorkflowEmails": 100000,
    "DataStorageMB": 200,
    "DurableStreamingApiConcurrentClients": 20,
    "FileStorageMB": 50,
    "HourlyAsyncReportRuns": 1200,
    "HourlyPublishedPlatformEvents": HOURLY_EVENTS,
    "HourlyPublishedStandardVolumePlatformEvents": 1000,
    "HourlySyncReportRuns": 500,
    "HourlyTimeBasedWorkflow": 1000,
    "MassEmail": 10,
    "SingleEmail": 15,
    "StreamingApiConcurrentClients": 20,
}
"""Figures of a developer org; an org's own are set by ``orgwright org limit``."""
