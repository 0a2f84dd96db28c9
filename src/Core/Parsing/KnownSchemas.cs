namespace Tidemark.Core.Parsing;

/// <summary>Ready maps of formats that other tools write. Their sources are in docs/INPUT.md.</summary>
public static class KnownSchemas
{
    private static Dictionary<string, string> EcommerceEvents => new()
    {
        ["page"] = "page_view",
        ["screen"] = "page_view",
        ["Order Completed"] = "purchase",
        ["Product Added"] = "add_to_cart",
        ["Products Searched"] = "search",
        ["Product Clicked"] = "click",
    };

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["cloudevents", "ga4", "nginx", "posthog", "rudderstack", "segment", "snowplow"];

    /// <summary>Segment's spec: page and screen calls, and track calls with the events of its e-commerce spec. RudderStack writes the same.</summary>
    private static InputOptions Segment => Map(
        EcommerceEvents,
        ("timestamp", ["timestamp", "originalTimestamp", "sentAt"]),
        ("event_type", ["event", "type"]),
        ("user_id", ["userId", "anonymousId"]),
        ("page_url", ["properties.url", "context.page.url"]),
        ("referrer", ["properties.referrer", "context.page.referrer"]),
        ("geo.country", ["context.location.country"]),
        ("device.type", ["context.device.type"]),
        ("metadata.amount", ["properties.revenue", "properties.total"]),
        ("currency", ["properties.currency"]));

    /// <summary>Google Analytics 4 as BigQuery exports it, a JSON object for each event.</summary>
    private static InputOptions Ga4 => Map(
        new() { ["view_search_results"] = "search", ["select_item"] = "click", ["select_content"] = "click", ["screen_view"] = "page_view" },
        ("timestamp", ["event_timestamp"]),
        ("event_type", ["event_name"]),
        ("user_id", ["user_id", "user_pseudo_id"]),
        ("page_url", ["event_params[key=page_location].value.string_value"]),
        ("referrer", ["event_params[key=page_referrer].value.string_value"]),
        ("geo.country", ["geo.country"]),
        ("device.type", ["device.category"]),
        ("metadata.amount", [
            "ecommerce.purchase_revenue", "event_params[key=value].value.double_value", "event_params[key=value].value.int_value"]),
        ("currency", ["event_params[key=currency].value.string_value"])) with
    {
        TimestampUnit = TimestampUnit.Microseconds,
    };

    /// <summary>Snowplow's enriched event as JSON, as its analytics SDKs write it.</summary>
    private static InputOptions Snowplow => Map(
        new() { ["transaction"] = "purchase", ["link_click"] = "click", ["site_search"] = "search", ["screen_view"] = "page_view" },
        ("timestamp", ["derived_tstamp", "collector_tstamp"]),
        ("event_type", ["event_name", "event"]),
        ("user_id", ["user_id", "domain_userid", "network_userid"]),
        ("page_url", ["page_url"]),
        ("referrer", ["page_referrer"]),
        ("geo.country", ["geo_country"]),
        ("device.type", ["dvce_type"]),
        ("metadata.amount", ["tr_total"]),
        ("currency", ["tr_currency"])) with
    {
        DefaultZone = "UTC",
    };

    /// <summary>PostHog's events, as its batch export and webhooks write them.</summary>
    private static InputOptions PostHog => Map(
        new() { ["$pageview"] = "page_view", ["$screen"] = "page_view", ["$autocapture"] = "click" },
        ("timestamp", ["timestamp"]),
        ("event_type", ["event"]),
        ("user_id", ["distinct_id"]),
        ("page_url", ["properties.$current_url"]),
        ("referrer", ["properties.$referrer"]),
        ("geo.country", ["properties.$geoip_country_code", "properties.$geoip_country_name"]),
        ("device.type", ["properties.$device_type"]),
        ("metadata.amount", ["properties.revenue", "properties.amount"]),
        ("currency", ["properties.currency"]));

    /// <summary>CloudEvents 1.0 in structured mode, with Tidemark's fields in <c>data</c>.</summary>
    private static InputOptions CloudEvents => Map(
        [],
        ("timestamp", ["time", "data.timestamp"]),
        ("event_type", ["type"]),
        ("user_id", ["data.user_id"]),
        ("page_url", ["data.page_url"]),
        ("referrer", ["data.referrer"]),
        ("geo.country", ["data.geo.country"]),
        ("device.type", ["data.device.type"]),
        ("metadata.amount", ["data.metadata.amount", "data.amount"]));

    /// <summary>
    /// Access logs of nginx with <c>log_format ... escape=json</c>: every request is a page view, users are told apart by their address.
    /// </summary>
    private static InputOptions Nginx
    {
        get
        {
            InputOptions paths = Map(
                [],
                ("timestamp", ["time_iso8601", "msec", "time"]),
                ("user_id", ["remote_user", "remote_addr"]),
                ("geo.country", ["geoip2_data_country_code", "geoip_country_code"]),
                ("device.type", ["device_type"]),
                ("referrer", ["http_referer"]));
            return paths with
            {
                Fields = new Dictionary<string, FieldSource>(paths.Fields)
                {
                    ["event_type"] = new() { Constant = "page_view" },
                    ["page_url"] = new() { Paths = ["uri", "request_uri"], Normalization = Normalization.StripQuery },
                },
            };
        }
    }

    /// <summary>A map by its name; null when there is none.</summary>
    public static InputOptions? Find(string name) => name switch
    {
        "segment" or "rudderstack" => Segment,
        "ga4" => Ga4,
        "snowplow" => Snowplow,
        "posthog" => PostHog,
        "cloudevents" => CloudEvents,
        "nginx" => Nginx,
        _ => null,
    };

    private static InputOptions Map(Dictionary<string, string> eventTypes, params (string Field, string[] Paths)[] fields) => new()
    {
        EventTypes = eventTypes,
        Fields = fields.ToDictionary(field => field.Field, field => new FieldSource { Paths = field.Paths }),
    };
}
