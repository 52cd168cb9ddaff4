//! Frames of stack traces, as the runtimes of several languages print them.

use super::moment::push_number;
use super::random::Random;

/// A language whose traces are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Java,
    Python,
    Go,
    Node,
    Dotnet,
}

impl Language {
    pub(super) fn named(name: &str) -> Option<Language> {
        Some(match name {
            "java" => Language::Java,
            "python" => Language::Python,
            "go" => Language::Go,
            "node" => Language::Node,
            "dotnet" => Language::Dotnet,
            _ => return None,
        })
    }

    /// Frames of an application, and those of its framework, which stand below.
    fn frames(self) -> (&'static [Frame], &'static [Frame]) {
        match self {
            Language::Java => (JAVA, JAVA_BELOW),
            Language::Python => (PYTHON_ABOVE, PYTHON),
            Language::Go => (GO, GO_BELOW),
            Language::Node => (NODE, NODE_BELOW),
            Language::Dotnet => (DOTNET, DOTNET_BELOW),
        }
    }
}

/// A frame up to the line number, the usual line, and what follows the number.
type Frame = (&'static str, u64, &'static str);

/// Appends frames, each beginning with a line feed. Neighbours in the tables call each other, so a trace is a
/// stretch of them.
pub(super) fn push(language: Language, count: u64, random: &mut Random, out: &mut Vec<u8>) {
    let (own, below) = language.frames();
    let own_count = (count as usize).div_ceil(2).min(own.len());
    let from = random.index(own.len() - own_count + 1);
    let below_count = (count as usize - own_count).min(below.len());
    let frames = own.iter().skip(from).take(own_count).chain(below.iter().take(below_count));
    for (text, line, end) in frames {
        out.push(b'\n');
        out.extend_from_slice(text.as_bytes());
        push_number(*line, out);
        out.extend_from_slice(end.as_bytes());
    }
    if language == Language::Java && random.percent(60) {
        out.extend_from_slice(b"\n\t... ");
        push_number(random.between(18, 64), out);
        out.extend_from_slice(b" common frames omitted");
    }
}

const JAVA: &[Frame] = &[
    ("\tat com.example.shop.pricing.DiscountRules.apply(DiscountRules.java:", 88, ")"),
    ("\tat com.example.shop.pricing.PriceCalculator.total(PriceCalculator.java:", 142, ")"),
    ("\tat com.example.shop.order.OrderMapper.toEntity(OrderMapper.java:", 57, ")"),
    ("\tat com.example.shop.order.OrderRepository.save(OrderRepository.java:", 203, ")"),
    ("\tat com.example.shop.order.OrderService.place(OrderService.java:", 118, ")"),
    ("\tat com.example.shop.order.OrderService$$SpringCGLIB$$0.place(<generated>:", 1, ")"),
    ("\tat com.example.shop.order.OrderController.create(OrderController.java:", 64, ")"),
    ("\tat com.example.shop.web.RequestContext.call(RequestContext.java:", 41, ")"),
];
const JAVA_BELOW: &[Frame] = &[
    ("\tat java.base/java.lang.reflect.Method.invoke(Method.java:", 580, ")"),
    (
        "\tat org.springframework.web.method.support.InvocableHandlerMethod.doInvoke(InvocableHandlerMethod.java:",
        255,
        ")",
    ),
    ("\tat org.springframework.web.servlet.DispatcherServlet.doDispatch(DispatcherServlet.java:", 1089, ")"),
    ("\tat org.springframework.web.servlet.FrameworkServlet.service(FrameworkServlet.java:", 885, ")"),
    ("\tat org.apache.catalina.core.ApplicationFilterChain.doFilter(ApplicationFilterChain.java:", 149, ")"),
    ("\tat org.apache.coyote.http11.Http11Processor.service(Http11Processor.java:", 391, ")"),
    ("\tat org.apache.tomcat.util.threads.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:", 1191, ")"),
    ("\tat java.base/java.lang.Thread.run(Thread.java:", 1583, ")"),
];

// Python prints the innermost frame last.
const PYTHON_ABOVE: &[Frame] = &[
    (
        "  File \"/usr/lib/python3.11/threading.py\", line ",
        975,
        ", in run\n    self._target(*self._args, **self._kwargs)",
    ),
    ("  File \"/opt/app/worker/loop.py\", line ", 71, ", in run_forever\n    self.handle(message)"),
    (
        "  File \"/opt/app/worker/handlers.py\", line ",
        133,
        ", in handle\n    return HANDLERS[message.kind](message)",
    ),
    (
        "  File \"/opt/app/worker/mail.py\", line ",
        48,
        ", in send_receipt\n    body = template.render(**context)",
    ),
];
const PYTHON: &[Frame] = &[
    ("  File \"/opt/app/common/retry.py\", line ", 29, ", in wrapper\n    return call(*args, **kwargs)"),
    (
        "  File \"/opt/app/clients/http.py\", line ",
        92,
        ", in post\n    response = self.session.post(url, json=body, timeout=self.timeout)",
    ),
    (
        "  File \"/opt/venv/lib/python3.11/site-packages/requests/sessions.py\", line ",
        637,
        ", in post\n    return self.request(\"POST\", url, data=data, json=json, **kwargs)",
    ),
    (
        "  File \"/opt/venv/lib/python3.11/site-packages/requests/adapters.py\", line ",
        519,
        ", in send\n    raise ConnectionError(e, request=request)",
    ),
];

const GO: &[Frame] = &[
    (
        "main.(*Inventory).reserve(0xc0001a4000, {0xc00061e0f0, 0x3, 0x4})\n\t/src/inventory/reserve.go:",
        147,
        " +0x2c5",
    ),
    (
        "main.(*Inventory).Reserve(0xc0001a4000, {0xb2c8a8, 0xc0004d2d50})\n\t/src/inventory/server.go:",
        88,
        " +0x1b4",
    ),
    ("main.logged.func1({0xb2c8a8, 0xc0004d2d50})\n\t/src/inventory/logging.go:", 35, " +0x9d"),
];
const GO_BELOW: &[Frame] = &[
    (
        "google.golang.org/grpc.(*Server).processUnaryRPC(0xc000222000)\n\t/go/pkg/mod/google.golang.org/grpc@v1.62.0/server.go:",
        1386,
        " +0xe23",
    ),
    (
        "google.golang.org/grpc.(*Server).handleStream(0xc000222000)\n\t/go/pkg/mod/google.golang.org/grpc@v1.62.0/server.go:",
        1797,
        " +0xa3b",
    ),
    (
        "created by google.golang.org/grpc.(*Server).serveStreams.func2 in goroutine 61\n\t/go/pkg/mod/google.golang.org/grpc@v1.62.0/server.go:",
        1040,
        " +0x135",
    ),
];

const NODE: &[Frame] = &[
    ("    at renderPrice (/app/src/cart/price.js:", 31, ":19)"),
    ("    at Array.map (<anonymous>:", 1, ")"),
    ("    at CartService.summarise (/app/src/cart/service.js:", 118, ":27)"),
    ("    at async CartController.show (/app/src/cart/controller.js:", 52, ":15)"),
];
const NODE_BELOW: &[Frame] = &[
    ("    at Layer.handle [as handle_request] (/app/node_modules/express/lib/router/layer.js:", 95, ":5)"),
    ("    at next (/app/node_modules/express/lib/router/route.js:", 149, ":13)"),
    ("    at process.processTicksAndRejections (node:internal/process/task_queues:", 95, ":5)"),
];

const DOTNET: &[Frame] = &[
    ("   at Example.Billing.InvoiceStore.LoadAsync(Guid id) in /src/Billing/InvoiceStore.cs:line ", 74, ""),
    (
        "   at Example.Billing.InvoiceService.CloseAsync(Guid id) in /src/Billing/InvoiceService.cs:line ",
        112,
        "",
    ),
    (
        "   at Example.Billing.Api.InvoiceController.Close(Guid id) in /src/Billing/Api/InvoiceController.cs:line ",
        49,
        "",
    ),
];
const DOTNET_BELOW: &[Frame] = &[
    (
        "   at Example.Web.TenantMiddleware.InvokeAsync(HttpContext context) in /src/Web/TenantMiddleware.cs:line ",
        38,
        "",
    ),
    (
        "   at Example.Web.ErrorMiddleware.InvokeAsync(HttpContext context) in /src/Web/ErrorMiddleware.cs:line ",
        27,
        "",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_traces_of_any_length() {
        for name in ["java", "python", "go", "node", "dotnet"] {
            let language = Language::named(name).unwrap();
            for count in 0..40 {
                let mut out = Vec::new();
                push(language, count, &mut Random::new(count), &mut out);
                let lines = out.iter().filter(|byte| **byte == b'\n').count() as u64;
                assert!(
                    lines >= count.min(4) && (count == 0 || out.first() == Some(&b'\n')),
                    "{name} {count}"
                );
            }
        }
    }
}
