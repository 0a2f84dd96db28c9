using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.DependencyInjection
{
    // The real assembly has a class of the same full name as the one in Worker.Core.
#pragma warning disable CS0436
    public static class ServiceCollectionExtensions
    {
        public static IFunctionsWorkerApplicationBuilder AddFunctionsWorkerDefaults(
            this IServiceCollection services, Action<WorkerOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(services);
            return services.AddFunctionsWorkerCore(configure);
        }
    }
#pragma warning restore CS0436
}

namespace Microsoft.Extensions.Hosting
{
    public static class WorkerHostBuilderExtensions
    {
        public static IHostBuilder ConfigureFunctionsWorkerDefaults(this IHostBuilder builder) =>
            builder.ConfigureFunctionsWorkerDefaults((_, _) => { }, null);

        public static IHostBuilder ConfigureFunctionsWorkerDefaults(
            this IHostBuilder builder, Action<IFunctionsWorkerApplicationBuilder> configure) =>
            builder.ConfigureFunctionsWorkerDefaults(configure, null);

        public static IHostBuilder ConfigureFunctionsWorkerDefaults(this IHostBuilder builder, Action<WorkerOptions> configureOptions) =>
            builder.ConfigureFunctionsWorkerDefaults((_, _) => { }, configureOptions);

        public static IHostBuilder ConfigureFunctionsWorkerDefaults(
            this IHostBuilder builder, Action<IFunctionsWorkerApplicationBuilder> configure, Action<WorkerOptions>? configureOptions) =>
            builder.ConfigureFunctionsWorkerDefaults((_, worker) => configure(worker), configureOptions);

        public static IHostBuilder ConfigureFunctionsWorkerDefaults(
            this IHostBuilder builder, Action<HostBuilderContext, IFunctionsWorkerApplicationBuilder> configure) =>
            builder.ConfigureFunctionsWorkerDefaults(configure, null);

        public static IHostBuilder ConfigureFunctionsWorkerDefaults(
            this IHostBuilder builder,
            Action<HostBuilderContext, IFunctionsWorkerApplicationBuilder> configure,
            Action<WorkerOptions>? configureOptions) =>
            builder
                .ConfigureHostConfiguration(host => host.AddEnvironmentVariables("AZURE_FUNCTIONS_"))
                .ConfigureAppConfiguration(app => app.AddEnvironmentVariables())
                .ConfigureServices((context, services) =>
                {
                    var worker = services.AddFunctionsWorkerDefaults(configureOptions);
                    configure(context, worker);
                    worker.UseDefaultWorkerMiddleware();
                });
    }
}
