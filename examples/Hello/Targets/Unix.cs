using Hello;
using Mirage;

var arguments = new HelloArguments();
return HostMain.Run(arguments.Boot, args, (_, cancellation)
    => new Hello<UnixConsole>(UnixConsole.Stdout, arguments.Greeting.Value).StartAsync(cancellation));
