"""What the ads of the demo say, by the subject in their names: headline and text."""

from __future__ import annotations

TEXTS = {
    "Ana's story": (
        "Ana smiles again",
        "Three years without a front tooth, one afternoon with us. Watch how Ana got it back.",
    ),
    "La historia de Ana": (
        "Ana vuelve a sonreír",
        "Tres años sin un diente, una tarde con nosotros. Mira cómo lo recuperó.",
    ),
    "before and after": ("See what changed", "Five patients, five smiles, before and after. Yours could be the next."),
    "free scan": ("Your 3D scan is free", "Find out in twenty minutes whether implants are for you. Free this month."),
    "escaneo gratis": (
        "Tu escaneo 3D es gratis",
        "Descubre en veinte minutos si los implantes son para ti. Gratis este mes.",
    ),
    "Meet the team": (
        "The people behind your smile",
        "Eleven dentists, two clinics, one promise: we explain everything first.",
    ),
    "Conoce al equipo": (
        "Quienes cuidan tu sonrisa",
        "Once dentistas, dos clínicas y una promesa: te lo explicamos todo antes.",
    ),
    "monthly plan": ("Implants from 99 a month", "No interest, no surprises. Pay in instalments that fit you."),
    "plan mensual": ("Implantes desde 99 al mes", "Sin intereses ni sorpresas. Paga en cuotas a tu medida."),
    "2 for 1": ("Two smiles, one price", "Bring somebody along: whitening for two until the end of the month."),
    "one hour": ("Whiter in one hour", "One visit, up to eight shades. Book your hour today."),
    "reviews": ("4.9 of 5, says everybody", "More than 600 reviews. Read what patients say about us."),
    "come back": ("Still thinking about it?", "Your questions, answered by a dentist. No strings attached."),
    "finish booking": ("You were almost there", "Two fields left, and your appointment is yours."),
    "your cart": ("Your kit is waiting", "We kept your cart. Shipping is free until Sunday."),
    "unboxing": ("What is in the kit", "Everything you need for ten minutes a day, unboxed."),
    "kit": ("The whitening kit is here", "Gentle gel, a comfortable tray, results in two weeks."),
    "brush": ("Sonic, silent, seaworthy", "The brush with a battery that lasts for a month."),
    "all products": ("Everything for your smile", "Kit, brush, care set and paste: pick yours."),
}
