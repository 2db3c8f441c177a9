"""The layout of IBM's sample of 7,043 subscribers, known as "Telco customer churn"."""

from __future__ import annotations

from core.plugin import Importer, label

YES_NO = {"Yes": "yes", "No": "no"}
EXTRA = {**YES_NO, "No internet service": "no_internet"}

IBM_CHURN = Importer(
    key="ibm_churn",
    label=label("IBM 电信客户流失样例", "IBM Telco customer churn"),
    identify_by="identifier:external",
    columns={
        "customerID": "identifier:external",
        "gender": "telecom.gender",
        "SeniorCitizen": "telecom.senior_citizen",
        "Partner": "telecom.partner",
        "Dependents": "telecom.dependents",
        "tenure": "telecom.tenure_months",
        "PhoneService": "telecom.phone_service",
        "MultipleLines": "telecom.multiple_lines",
        "InternetService": "telecom.internet_service",
        "OnlineSecurity": "telecom.online_security",
        "OnlineBackup": "telecom.online_backup",
        "DeviceProtection": "telecom.device_protection",
        "TechSupport": "telecom.tech_support",
        "StreamingTV": "telecom.streaming_tv",
        "StreamingMovies": "telecom.streaming_movies",
        "Contract": "telecom.contract",
        "PaperlessBilling": "telecom.paperless_billing",
        "PaymentMethod": "telecom.payment_method",
        "MonthlyCharges": "telecom.monthly_charge",
        "TotalCharges": "telecom.total_charge",
        "Churn": "telecom.churned",
    },
    values={
        "gender": {"Female": "female", "Male": "male"},
        "SeniorCitizen": {"0": "no", "1": "yes"},
        "Partner": YES_NO,
        "Dependents": YES_NO,
        "PhoneService": YES_NO,
        "MultipleLines": {**YES_NO, "No phone service": "no_phone"},
        "InternetService": {"DSL": "dsl", "Fiber optic": "fiber", "No": "none"},
        "OnlineSecurity": EXTRA,
        "OnlineBackup": EXTRA,
        "DeviceProtection": EXTRA,
        "TechSupport": EXTRA,
        "StreamingTV": EXTRA,
        "StreamingMovies": EXTRA,
        "Contract": {"Month-to-month": "month_to_month", "One year": "one_year", "Two year": "two_year"},
        "PaperlessBilling": YES_NO,
        "PaymentMethod": {
            "Electronic check": "electronic_check",
            "Mailed check": "mailed_check",
            "Bank transfer (automatic)": "bank_transfer",
            "Credit card (automatic)": "credit_card",
        },
        "Churn": YES_NO,
    },
)

IMPORTERS = (IBM_CHURN,)
