using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Microsoft.Azure.Functions.Worker
{
    public static class FunctionContextExtensions
    {
        public static HttpContext? GetHttpContext(this FunctionContext context) =>
            context.Items.TryGetValue("HttpRequestContext", out var value) ? value as HttpContext : null;
    }
}

namespace Microsoft.Azure.Functions.Worker.Builder
{
    public static class FunctionsApplicationBuilderAspNetCoreExtensions
    {
        // The web server is the real package's; the contract's host does not start at all.
        public static FunctionsApplicationBuilder ConfigureFunctionsWebApplication(this FunctionsApplicationBuilder builder) => builder;
    }
}

namespace Microsoft.Extensions.Hosting
{
    public static class FunctionsHostBuilderExtensions
    {
        public static IHostBuilder ConfigureFunctionsWebApplication(this IHostBuilder builder) =>
            builder.ConfigureFunctionsWebApplication((_, _) => { });

        public static IHostBuilder ConfigureFunctionsWebApplication(
            this IHostBuilder builder, Action<IFunctionsWorkerApplicationBuilder> configureWorker) =>
            builder.ConfigureFunctionsWebApplication((_, worker) => configureWorker?.Invoke(worker));

        public static IHostBuilder ConfigureFunctionsWebApplication(
            this IHostBuilder builder, Action<HostBuilderContext, IFunctionsWorkerApplicationBuilder> configureWorker) =>
            builder.ConfigureFunctionsWorkerDefaults((context, worker) => configureWorker?.Invoke(context, worker));
    }
}
